import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Calls the gateway as MAGDA's Java client does: java Client.java URL QUESTION [AUTHORITY CERTIFICATE KEY] */
public class Client {
    public static void main(String[] words) throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder();
        if (words.length > 2) {
            builder.sslContext(mutual(Path.of(words[2]), Path.of(words[3]), Path.of(words[4])));
        }
        byte[] question = Files.readAllBytes(Path.of(words[1]));
        for (HttpClient.Version version : HttpClient.Version.values()) {
            HttpClient client = builder.version(version).build();
            for (int round = 0; round < 3; round++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(words[0]))
                    .header("Content-Type", "text/xml;charset=UTF-8")
                    .header("SOAPAction", "\"\"")
                    // Over HTTP/2 the gateway says no 100, and this client waits for it until it is too late.
                    .expectContinue(round == 1 && version == HttpClient.Version.HTTP_1_1)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(question))
                    .build();
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                System.out.println(version + " " + answer.version() + " " + answer.statusCode() + " " + answer.body());
            }
        }
    }

    private static SSLContext mutual(Path authority, Path certificate, Path key) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", certificate(authority));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);

        String pem = Files.readString(key).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
        KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null, null);
        Certificate[] chain = {certificate(certificate)};
        own.setKeyEntry("own", KeyFactory.getInstance("EC").generatePrivate(spec), new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);

        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static Certificate certificate(Path path) throws Exception {
        byte[] pem = Files.readAllBytes(path);
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    }
}
