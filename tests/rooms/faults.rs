//! Every kind of mistake, once, and what is said of it: `tests/golden/*-faults.txt`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use poortwachter::catalogue::Catalogue;
use poortwachter::config;
use poortwachter::law::Law;
use poortwachter::registry::load;

use crate::golden::is_golden;
use crate::makers::{BUILT_IN_LAW, basis};

const HEAD: &str = "id = \"ID\"\norganisation = \"O\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n[[sender]]\nuri = \"ID.be\"\npurpose = \"p\"\n";
const GRANT: &str = "[[grant]]\nid = \"g\"\nservices = [\"GeefOnderneming/02.00\"]\npurpose = \"p\"\nvalid-from = 2026-01-01\nretention = \"P1Y\"\n";

fn head(id: &str) -> String {
    HEAD.replace("ID", id)
}

#[test]
fn a_registry_full_of_mistakes_is_told_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let put = |name: &str, text: String| fs::write(directory.path().join(name), text).expect("written");
    put("01-toml.toml", "id = \"x\nkind = = 1\n[grant\n".to_owned());
    put("02-empty.toml", String::new());
    put(
        "03-keys.toml",
        "id = \"Not A Name\"\norganisation = \"\"\nkind = \"gemeente\"\nnetwork = 3\npurpsoe = \"p\"\n\
         [disclaimer]\nversion = \"1\"\naccepted-on = \"2026-01-01\"\n"
            .to_owned(),
    );
    put(
        "04-certificates.toml",
        head("c04")
            + "[[certificate]]\n[[certificate]]\nsubject = \"CN=a\"\nsha256 = \"00\"\n[[certificate]]\nsha256 = \"xyz\"\n\
               [[certificate]]\nsan = \"gent.be\"\n[[certificate]]\nsan = \"dns:*.gent.be\"\n\
               [[certificate]]\nsan = \"spiffe://Gent.be/a\"\n[[certificate]]\nsan = \"uri:spiffe://gent.be/a\"\n\
               [[certificate]]\nsan = \"dns:gent.be\"\nsha256 = \"00\"\n[[certificate]]\nsan = 3\n\
               [[certificate]]\nsubject = \"CN = a, O = b\"\n",
    );
    put(
        "05-senders.toml",
        head("c05")
            + &format!(
                "[[sender]]\nuri = \"{}\"\n[[sender]]\nuri = \"a b\"\npurpose = \" p\"\n",
                "u".repeat(121)
            ),
    );
    put(
        "06-grants.toml",
        head("c06")
            + "[[grant]]\n[[grant]]\nid = \"g\"\nservices = \"GeefOnderneming/02.00\"\npurpose = 1\nvalid-from = 20260101\n\
               valid-until = 2026-02-30\nopens = [\"name\", 3]\nretention = \"five years\"\n"
            + "[[grant]]\nid = \"h\"\nservices = []\npurpose = \"p\"\nvalid-from = 2026-01-02\nvalid-until = 2026-01-01\nretention = \"P0D\"\n",
    );
    put("07-twins.toml", head("c07") + GRANT + GRANT);
    put(
        "08-instruments.toml",
        head("c08")
            + GRANT
            + "[[grant.instrument]]\n[[grant.instrument]]\ntype = \"disclaimer\"\n[[grant.instrument]]\ntype = \"deliberation\"\n\
               chamber = \"senate\"\nnumber = \"1\"\n[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"one\"]\ndated = 2026-01-01\n\
               [[grant.instrument]]\ntype = \"statutory-basis\"\ndated = 2026-01-02\nvalid-until = 2026-01-01\ncitaat = \"wet\"\n\
               [[grant.instrument]]\ntype = \"ratified-protocol\"\nparties = [\"one\", \"two\"]\nlegal-text = \"wet\"\ndated = 2019-01-01\n",
    );
    put("09-twin-a.toml", head("twin") + "[[certificate]]\nsubject = \"CN=shared\"\n");
    put("10-twin-b.toml", head("twin") + "[[certificate]]\nsubject = \"CN=shared\"\n");
    let san = |name: &str| format!("[[certificate]]\nsan = \"dns:{name}\"\n");
    put("17-san-a.toml", head("c15") + &san("shared.be"));
    put("18-san-b.toml", head("c16") + &san("Shared.be") + &san("own.be") + &san("own.BE"));
    put(
        "11-law.toml",
        head("c11")
            + &GRANT.replace("[\"GeefOnderneming/02.00\"]", "[\"GeefOndernemign/02.00\", \"Rijksregister/01.00\", \"GeefFuncties/02.00\", \"GeefFuncties/02.00\"]")
            + "opens = [\"functionholder-name\"]\n"
            + &GRANT.replace("\"g\"", "\"h\"").replace("\"p\"", "\"q\""),
    );
    let services = "[\"GeefOnderneming/02.00\"]";
    put(
        "13-fields.toml",
        head("c13")
            + &GRANT.replace(services, "[\"GeefPersoon/02.02\", \"GeefFiscaleSchuld/02.00\"]")
            + "fields = [\"identity\", \"adress\", \"near-functionholders\"]\n"
            + &GRANT.replace("\"g\"", "\"h\"")
            + "fields = [\"functionholder-name\"]\n",
    );
    put(
        "14-empty-fields.toml",
        head("c14")
            + GRANT
            + "fields = []\n"
            + &GRANT.replace("\"g\"", "\"h\"")
            + "fields = [\"a\", \"b\", \"a\"]\n",
    );
    put(
        "15-limits.toml",
        head("c15").replace(
            "[[sender]]",
            "limits = { calls-per-second = 200000, burst = \"off\", concurrent-calls = 0, calls = 1 }\n[[sender]]",
        ),
    );
    let clients = |id: &str, keys: &str| head(id).replace("[[sender]]", &format!("{keys}\n[[sender]]"));
    put("19-client-a.toml", clients("c15", "clients = [\"shared\", \"shared\"]"));
    put("20-client-b.toml", clients("c16", "clients = [\"shared\"]\ncredentials = \"both\""));
    put("21-unsaid.toml", clients("c17", "clients = [\"c\"]") + "[[certificate]]\nsubject = \"CN=c17\"\n");
    put(
        "22-token.toml",
        clients("c18", "credentials = \"token\"") + "[[certificate]]\nsubject = \"CN=c18\"\n",
    );
    put("23-no-client.toml", clients("c19", "clients = []\ncredentials = \"password\""));
    put("24-twin-a.toml", clients("c20", "clients = [\"twin\"]"));
    put("25-twin-b.toml", clients("c21", "clients = [\"twin\", \"own\", \"own\"]"));
    fs::create_dir(directory.path().join("12-directory.toml")).expect("made");
    let unreadable = load(directory.path(), &basis(&BUILT_IN_LAW), None).expect_err("faulty").to_string();
    fs::remove_dir(directory.path().join("12-directory.toml")).expect("removed");
    let faults = load(directory.path(), &basis(&BUILT_IN_LAW), None).expect_err("faulty").to_string();
    let place = directory.path().display().to_string();
    is_golden("registry-faults.txt", &format!("{unreadable}\n\n{faults}\n").replace(&place, "registry"));
}

const LISTENER: &str = "[listener]\naddress = \"127.0.0.1:8443\"\nplain-consumer = \"a\"\n";
const PLAIN: &str = "plain-consumer = \"a\"\n";
const UPSTREAM: &str = "[upstream]\nurl = \"http://127.0.0.1:80\"\n";
const TOKENS: &str = "[tokens]\nissuer = \"https://issuer.example\"\naudience = [\"a\"]\nalgorithms = [\"RS256\"]\njwks = \"https://issuer.example/keys\"\njwks-ca = \"ca.crt\"\n";
const REGISTRY: &str = "[registry]\ndirectory = \"registry\"\n[audit]\ntrail = \"off\"\n";

#[test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes")]
fn every_mistake_in_a_gateway_s_configuration_is_told() {
    let whole = [LISTENER, UPSTREAM, REGISTRY].concat();
    assert!(config::parse("gateway.toml", &whole, Path::new("/etc")).is_ok());
    let upstream = |keys: &str| [LISTENER, "[upstream]\n", keys, REGISTRY].concat();
    let url = |url: &str| upstream(&format!("url = \"{url}\"\n"));
    let more = |text: &str| format!("{whole}{text}");
    let sent = |to: &str, keys: &str| {
        let kept = "directory = \"a\"\ncheckpoint-key = \"c\"\npseudonym-key = \"p\"\n";
        format!("{}[audit.{to}]\n{keys}", whole.replace("trail = \"off\"\n", kept))
    };
    let tls = "[listener.tls]\ncertificate = \"c\"\nkey = \"k\"\nclient-ca = \"a\"\n";
    let secured = [&LISTENER.replace("plain-consumer = \"a\"\n", ""), tls, UPSTREAM, REGISTRY].concat();
    assert!(config::parse("gateway.toml", &format!("{secured}{TOKENS}"), Path::new("/etc")).is_ok());
    let tokens = |change: &[(&str, &str)]| {
        let changed = change.iter().fold(TOKENS.to_owned(), |text, (from, to)| text.replace(from, to));
        format!("{secured}{changed}")
    };
    let cases = [
        ("nothing", String::new()),
        ("not TOML", more("[limits\n")),
        ("unknown keys", more("[limit]\n[run]\nworker = 2\n")),
        ("texts for tables", "listener = \"127.0.0.1:1\"\nupstream = 3\nregistry = [\"a\"]\n".to_owned()),
        ("plain beyond loopback", whole.replace("127.0.0.1:8443", "0.0.0.0:8443")),
        ("both doors", whole.replace("[upstream]", "[listener.tls]\ncertificate = \"c\"\n[upstream]")),
        ("no door", whole.replace("plain-consumer = \"a\"\n", "")),
        ("no address", whole.replace("\"127.0.0.1:8443\"", "\"localhost:8443\"")),
        ("url: no scheme", url("magda.example")),
        ("url: other scheme", url("ftp://magda.example")),
        ("url: user", url("http://me:secret@magda.example")),
        ("url: query", url("http://magda.example/?a=b")),
        ("url: port too high", url("http://magda.example:99999")),
        ("url: port 0", url("http://magda.example:0")),
        ("url: no host", url("http://:80")),
        ("https without ca", url("https://magda.example")),
        ("ca without https", upstream("url = \"http://127.0.0.1\"\nca = \"ca.crt\"\n")),
        (
            "certificate without key",
            upstream("url = \"https://127.0.0.1\"\nca = \"ca.crt\"\ncertificate = \"c.crt\"\n"),
        ),
        (
            "timeouts",
            upstream(
                "url = \"http://127.0.0.1\"\ntimeout = \"30s\"\nconnect-timeout = \"0s\"\nidle-timeout = 60\n",
            ),
        ),
        (
            "durations beyond measure",
            more("[run]\ndrain-timeout = \"9000000h\"\n[limits]\nreceive-timeout = \"1ns\"\n"),
        ),
        ("registry's ages", whole.replace("[registry]", "[registry]\npoll = \"1h\"\nmax-age = \"1h\"")),
        (
            "limits",
            more(
                "[limits]\nrequest-body-bytes = 0\nhead-bytes = 1\nconnections = -1\nconcurrent-calls = \"9\"\nheld-back-bytes = 1.5\ndecoded-bytes = 0\ndecoded-ratio = \"x\"\n",
            ),
        ),
        (
            "limits that can be lifted",
            more(
                "[limits]\nconnections-per-address = 0\nhandshakes = 0\ncalls-per-second = \"none\"\nconcurrent-calls-per-consumer = 1.5\n",
            ),
        ),
        ("a burst of nothing", more("[limits]\nburst = 5\n")),
        (
            "refusal",
            more(&format!("[refusal]\ngateway-uri = \"{}\"\nrepeat-in-answer = \"yes\"\n", "u".repeat(121))),
        ),
        ("tripwire", more("[tripwire]\nmode = \"hide\"\n")),
        ("canary", more("[canary]\ninterval = \"10ms\"\n")),
        ("canary never", more("[canary]\ninterval = \"never\"\n")),
        ("admin", more("[admin]\naddress = \"9464\"\n")),
        ("admin on the listener", more("[admin]\naddress = \"127.0.0.1:8443\"\n")),
        ("law and catalogue", more("[law]\n[catalogue]\nfile = 3\n")),
        ("run", more("[run]\nworkers = 0\n")),
        (
            "audit",
            whole.replace(
                "trail = \"off\"\n",
                "directory = 3\ncheckpoint-key = \"k\"\ndurability = \"maybe\"\nsegment-bytes = 1\nsegment-age = \"1y\"\n",
            ),
        ),
        (
            "audit.retention",
            whole.replace(
                "trail = \"off\"\n",
                "directory = \"a\"\ncheckpoint-key = \"k\"\npseudonym-key = \"p\"\n[audit.retention]\nallowed = \"5 years\"\nrefused = \"PT1H\"\nacts = \"forever\"\nothers = \"P1D\"\n",
            ),
        ),
        ("audit: off, and where", more("directory = \"audit\"\n")),
        ("audit: off, and sent", more("[audit.otlp]\nendpoint = \"http://127.0.0.1:4318/v1/logs\"\n")),
        (
            "the trail sent in the clear",
            sent(
                "otlp",
                "endpoint = \"http://collector.example/v1/logs\"\nprocessing-activities = \"a b\"\nbatch-records = 0\n",
            ) + "[audit.syslog]\nserver = \"tcp://10.0.0.7:601\"\nca = \"ca.crt\"\nfacility = 24\n",
        ),
        (
            "a secret in the clear",
            sent("otlp", "endpoint = \"http://127.0.0.1/v1/logs\"\nauthorization-file = \"secret\"\nretry = \"2m\"\n"),
        ),
        ("OTLP without a place", sent("otlp", "endpoint = \"https://me:secret@collector.example/v1/logs\"\n")),
        ("OTLP elsewhere than logs", sent("otlp", "endpoint = \"https://collector.example/v1/traces\"\nca = \"a\"\n")),
        ("OTLP without authorities", sent("otlp", "endpoint = \"https://collector.example/v1/logs\"\n")),
        ("syslog without a port", sent("syslog", "server = \"tcp://127.0.0.1\"\n")),
        (
            "names in syslog",
            sent(
                "syslog",
                "server = \"tls://log.example\"\nca = \"a\"\nhostname = \"a b\"\napp-name = \"é\"\nenterprise-number = 0\n",
            ),
        ),
        ("evaluation", more("[evaluation]\nfor-consumers = \"yes\"\nfor-operator = true\n")),
        ("tokens behind the plain door", more(TOKENS)),
        (
            "no tokens and no certificates",
            secured.replace("key = ", "client-certificate = \"optional\"\nkey = "),
        ),
        ("empty tokens", format!("{secured}[tokens]\naudience = []\nalgorithms = []\ntypes = []\n")),
        (
            "algorithms that anybody could sign with",
            tokens(&[("\"RS256\"", "\"RS256\", \"HS256\", \"none\"")]),
        ),
        (
            "the client's own word",
            tokens(&[("[tokens]", "[tokens]\nclient-claim = \"setbyclient_client_id\"")]),
        ),
        ("a claim that names no client", tokens(&[("[tokens]", "[tokens]\nclient-claim = \"scope\"")])),
        ("keys over plain HTTP", tokens(&[("https://issuer.example/keys", "http://issuer.example/keys")])),
        ("keys with a user", tokens(&[("https://issuer.example/keys", "https://me:secret@issuer.example")])),
        ("keys without authorities", tokens(&[("jwks-ca = \"ca.crt\"\n", "")])),
        ("authorities for a file", tokens(&[("https://issuer.example/keys", "jwks.json")])),
        (
            "times of tokens",
            format!(
                "{secured}{TOKENS}leeway = \"3m\"\njwks-refresh = \"1h\"\njwks-refetch = \"100ms\"\njwks-keep = \"30m\"\n"
            ),
        ),
        ("bounds of tokens", format!("{secured}{TOKENS}token-bytes = 10\nremember = -1\nforward = \"no\"\n")),
        (
            "rest",
            more(
                "[rest]\nbases = [\"/\", \"rest\", \"/rest/\", \"/a/../b\", \"/x?y=z\", \"/rest\", \"/rest\", \"/%61\"]\nbase = 1\n",
            ),
        ),
        ("rest is a table", more("rest = true\n")),
        ("filter", more("[filter]\nnear-functionholders = \"hide\"\nfields = 1\n")),
    ];
    let mut said = String::new();
    for (name, text) in cases {
        let faults = config::parse("gateway.toml", &text, Path::new("/etc")).expect_err(name);
        let _ = writeln!(said, "-- {name}\n{faults}\n");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let said = said.replace(&format!("1024, or leave it out for {cores}"), "1024, or leave it out for CORES");
    is_golden("config-faults.txt", &said);
}

#[test]
fn every_mistake_about_consumers_certificates_and_hops_is_told() {
    let listener = |keys: &str, hop: &str| {
        [&LISTENER.replace(PLAIN, keys), "[listener.forwarded]\n", hop, UPSTREAM, REGISTRY].concat()
    };
    let tls = |keys: &str| {
        let files = "[listener.tls]\ncertificate = \"c\"\nkey = \"k\"\nclient-ca = \"a\"\n";
        [&LISTENER.replace(PLAIN, ""), files, keys, UPSTREAM, REGISTRY].concat()
    };
    let cases = [
        (
            "a list without lists",
            tls("crl-expired = \"accept\"\ncrl-unknown = \"accept\"\ncrls = \"a.crl\"\n"),
        ),
        ("no lists", tls("crls = []\n")),
        ("authorities outside", tls("").replace("[listener.tls]", "client-ca = \"a\"\n[listener.tls]")),
        ("a hop without authorities", listener("", "header = \"client-cert\"\nfrom = [\"10.0.0.7\"]\n")),
        (
            "authorities without a hop",
            [&LISTENER.replace(PLAIN, "client-ca = \"a\"\n"), UPSTREAM, REGISTRY].concat(),
        ),
        ("a hop of nobody's", listener("client-ca = \"a\"\n", "header = \"forwarded\"\nfrom = []\n")),
        ("a hop and one consumer", listener(PLAIN, "header = \"xfcc\"\nfrom = [\"127.0.0.1\"]\n")),
        (
            "a hop of everybody's",
            listener(
                "client-ca = \"a\"\n",
                "header = \"client-cert\"\nappended = true\nfrom = [\"0.0.0.0/0\", \"10.0.0.7/24\", \"hop\"]\ncertificates = [\"ab\"]\n",
            ),
        ),
        (
            "a hop's certificate without TLS",
            listener(
                "client-ca = \"a\"\n",
                &format!("header = \"xfcc\"\ncertificates = [\"{}\"]\n", "ab".repeat(32)),
            ),
        ),
        (
            "a hop beyond loopback",
            listener("client-ca = \"a\"\n", "header = \"xfcc\"\nfrom = [\"10.0.0.7/32\"]\n")
                .replace("127.0.0.1:8443", "0.0.0.0:8443"),
        ),
    ];
    let mut said = String::new();
    for (name, text) in cases {
        let faults = config::parse("gateway.toml", &text, Path::new("/etc")).expect_err(name);
        let _ = writeln!(said, "-- {name}\n{faults}\n");
    }
    is_golden("door-faults.txt", &said);
}

#[test]
fn every_mistake_in_a_catalogue_is_told() {
    let text = r#"
shared-paths = ["/soap", "soap"]
[[service]]
[[service]]
name = "Geef Onderneming"
version = "2.0"
domain = "Onderneming"
source = "kbo"
paths = ["soap"]
contact = ""
drift = ["mag:INSZ"]
personal = [{ path = "a//b", holds = "name" }, { path = "1/2/3/4/5/6/7/8/9", holds = "insz" }, { holds = "insz", what = 1 }]
person-question = { elements = [], needs = ["insz"] }
[[service]]
name = "A"
version = "02.00"
domain = "D"
source = "kbo-vkbo"
paths = ["/soap", "/a"]
contact = "c"
[[service]]
name = "A"
version = "02.00"
domain = "D"
source = "kbo-vkbo"
paths = ["/a"]
contact = "c"
person-question = { elements = ["INSZ"], needs = ["functionholder-insz"] }
personal = [{ path = "Curator", holds = "near-functionholder" }]
[[service]]
name = "B"
version = "02.00"
domain = "D"
source = "federal-other"
contact = "c"
personal = [{ path = "Curatoren/Curator", holds = "near-functionholder" }]
[[field-group]]
[[field-group]]
name = "everything"
services = []
paths = []
[[field-group]]
name = "Persoon/Naam"
services = ["B/02.00"]
paths = ["a", "a/b", "a", 3]
[[field-group]]
name = "address"
services = ["B/02.01", "Geef/01.00", "A/02.00"]
paths = ["a"]
[[field-group]]
name = "identity"
services = ["B/02.00", "B/02.00"]
paths = ["mag:INSZ", "a//b", "a/b c", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"]
shema-only = ["x"]
[[field-group]]
name = "near-functionholders"
services = ["B/02.00"]
paths = ["Curator"]
"#;
    let faults = Catalogue::parse("catalogue.toml", text).expect_err("faulty");
    let nothing = Catalogue::parse("catalogue.toml", "").expect_err("faulty");
    let routes = Catalogue::parse("catalogue.toml", ROUTES).expect_err("faulty");
    is_golden("catalogue-faults.txt", &format!("{faults}\n\n-- nothing\n{nothing}\n\n-- routes\n{routes}\n"));
}

#[test]
fn every_mistake_in_a_law_is_told() {
    let text = r#"
[[rule]]
[[rule]]
id = "1g-1"
source = "kbo"
effect = "permit"
instruments = ["contract"]
chamber = "senate"
from = 2026-02-01
until = 2026-01-01
authority = "a"
contact = 3
reconstructed = "yes"
nl = ""
en = "e"
since = 2026-01-01
[[rule]]
id = "1g-1"
source = "kbo-vkbo"
effect = "allow"
until = 2026-01-01
authority = "a"
contact = "c"
nl = "n"
en = "e"
[[rule]]
id = "1g-1b"
source = "kbo-vkbo"
effect = "allow"
from = 2026-01-01
authority = "a"
contact = "c"
nl = "n"
en = "e"
"#;
    let faults = Law::parse("law.toml", text).expect_err("faulty");
    is_golden("law-faults.txt", &format!("{faults}\n"));
}

const ROUTES: &str = r#"
version = "1"
contact = "c"
[[service]]
name = "a"
version = "01.00"
domain = "D"
source = "federal-other"
dialect = "rest"
paths = ["/a"]
source-key = "bron"
routes = [
  { method = "HEAD", path = "/v1/a" },
  { method = "GET", path = "v1/a" },
  { method = "GET", path = "/v1/a/" },
  { method = "GET", path = "/v1/{a:number}" },
  { method = "GET", path = "/v1/a%2Fb", query = ["a=b"], key = 1 },
  { method = "GET", path = "/v1/kbo/{number}" },
  { method = "GET", path = "/v1/{code}/kbo" },
  { method = "GET", path = "/v1/KBO/{number}" },
]
[[service]]
name = "b"
version = "01.00"
domain = "D"
source = "federal-other"
by-bron = { rr = "national-register", ksz = "bis-register" }
source-key = "bron"
dialect = "rest"
routes = [
  { method = "GET", path = "/v1/kbo/{number}" },
  { method = "POST", path = "/v1/kbo/{code}" },
]
[[service]]
name = "C"
version = "01.00"
domain = "D"
source = "federal-other"
routes = [{ method = "GET", path = "/v1/c" }]
"#;
