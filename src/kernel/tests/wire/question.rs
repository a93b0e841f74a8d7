//! What a request is read as, and every reason for which it is not.

use poortwachter_kernel::peek::soap::{Envelope, Fault, Unreadable, read};
use poortwachter_kernel::xml::Flaw;

/// A request as .NET clients sign it, every part of it once.
const REQUEST: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">
 <s:Header><d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"><d:Context>x</d:Context></d:Signature></s:Header>
 <s:Body Id="Body">
  <web:GeefFuncties xmlns:web="http://webservice.geeffunctiesdienst-02_00.onderneming-02_00.vip.vlaanderen.be">
   <Verzoek>
    <Context>
     <Naam> GeefFuncties </Naam>
     <Versie>02.00.0000</Versie>
     <Bericht>
      <Type>VRAAG</Type>
      <Tijdstip><Datum>2026-01-15</Datum><Tijd>09:30:00.000</Tijd></Tijdstip>
      <Afzender>
       <Identificatie>voorbeeldstad.be/ipdc0000-aip</Identificatie>
       <Naam>Voorbeeldstad</Naam>
       <Referte>5d0a4d0e</Referte>
       <Hoedanigheid>1300</Hoedanigheid>
       <Gebruiker>83670812399</Gebruiker>
      </Afzender>
     </Bericht>
    </Context>
    <Vragen>
     <Vraag>
      <Referte>0b7c9c52</Referte>
      <Inhoud><Criteria><Onderneming><Ondernemingsnummer>0999999943</Ondernemingsnummer></Onderneming></Criteria></Inhoud>
     </Vraag>
    </Vragen>
   </Verzoek>
  </web:GeefFuncties>
 </s:Body>
</s:Envelope>
"#;

const PERSON: &[&str] = &["INSZ"];

#[track_caller]
fn reads(request: &str) -> Envelope<'_> {
    read(request.as_bytes(), PERSON).unwrap_or_else(|why| panic!("{why:?} at `{}`", &request[why.at..]))
}

fn with(from: &str, to: &str) -> String {
    assert!(REQUEST.contains(from), "{from}");
    REQUEST.replacen(from, to, 1)
}

#[track_caller]
fn assert_refused(request: impl AsRef<[u8]>, fault: Fault) {
    assert_eq!(read(request.as_ref(), PERSON).map(|_| ()).map_err(|why| why.fault), Err(fault));
}

#[test]
fn a_request_states_what_it_states() {
    let envelope = reads(REQUEST);
    assert_eq!(envelope.root, "GeefFuncties");
    assert_eq!(
        envelope.namespace,
        "http://webservice.geeffunctiesdienst-02_00.onderneming-02_00.vip.vlaanderen.be"
    );
    assert_eq!(envelope.name.decode(&mut []), Some(" GeefFuncties "));
    assert!(envelope.version.is("02.00.0000"));
    assert!(envelope.sender.is("voorbeeldstad.be/ipdc0000-aip"));
    assert!(envelope.capacity.unwrap().is("1300"));
    assert!(envelope.reference.unwrap().is("5d0a4d0e"));
    assert!(envelope.question_reference.unwrap().is("0b7c9c52"));
    assert!(!envelope.names_person);
}

#[test]
fn a_request_may_be_written_in_many_ways() {
    let default = with("<web:GeefFuncties xmlns:web=", "<GeefFuncties xmlns=")
        .replace("</web:GeefFuncties>", "</GeefFuncties>")
        .replace("<Verzoek>", "<Verzoek xmlns=''>");
    assert!(reads(&default).namespace.starts_with("http://webservice.geeffuncties"));
    let mixed = with("<s:Body Id=\"Body\">", "<t:Body xmlns:t='http://schemas.xmlsoap.org/soap/envelope/'>")
        .replace("</s:Body>", "</t:Body>");
    assert_eq!(reads(&mixed).root, "GeefFuncties");
    assert_eq!(reads(&format!("\u{feff}{REQUEST}<!-- x -->")).root, "GeefFuncties");
    assert_eq!(
        reads(
            &with("<Verzoek>", "<!-- x --><x:Verzoek xmlns:x='urn:x'>").replace("</Verzoek>", "</x:Verzoek>")
        )
        .root,
        "GeefFuncties"
    );
    assert_eq!(
        reads(&with("<web:GeefFuncties xmlns:web=", "<GeefFuncties xmlns:web=").replace("</web:", "</"))
            .namespace,
        ""
    );
}

#[test]
fn a_value_may_hold_references_and_cdata() {
    let request = with("voorbeeldstad.be/ipdc0000-aip", "voorbeeldstad<![CDATA[.be/]]>ipdc&#48;000&#x2d;aip");
    assert!(reads(&request).sender.is("voorbeeldstad.be/ipdc0000-aip"));
    assert_eq!(reads(&request).sender.decode(&mut [0; 64]), Some("voorbeeldstad.be/ipdc0000-aip"));
}

#[test]
fn what_may_be_absent_or_blank_is_none() {
    for capacity in ["", "<Hoedanigheid/>", "<Hoedanigheid> </Hoedanigheid>"] {
        assert!(reads(&with("<Hoedanigheid>1300</Hoedanigheid>", capacity)).capacity.is_none());
    }
    assert!(reads(&with("<Referte>5d0a4d0e</Referte>", "")).reference.is_none());
    assert!(reads(&with("<Referte>0b7c9c52</Referte>", "")).question_reference.is_none());
}

#[test]
fn the_first_of_several_questions_gives_the_reference() {
    let request = with("</Vraag>", "</Vraag><Vraag><Referte>tweede</Referte></Vraag>");
    assert!(reads(&request).question_reference.unwrap().is("0b7c9c52"));
    let request = with("<Vraag>", "<Vraag/><Vraag>");
    assert!(reads(&request).question_reference.is_none());
}

#[test]
fn a_question_names_a_person_wherever_in_the_body_and_however_spelt() {
    for criteria in
        ["<Persoon><INSZ>83670812399</INSZ></Persoon>", "<a><b><c><x:insz xmlns:x='urn:x'/></c></b></a>"]
    {
        assert!(reads(&with("<Criteria>", &format!("<Criteria>{criteria}"))).names_person, "{criteria}");
    }
    assert!(reads(&with("<Vraag>", "<INSZ/><Vraag>")).names_person);
    assert!(reads(&with("</Vraag>", "</Vraag><Vraag><INSZ/></Vraag>")).names_person);
    assert!(reads(&with("<Type>", "<INSZ/><Type>")).names_person);
    assert!(reads(&with("</Verzoek>", "</Verzoek><Persoon><INSZ/></Persoon>")).names_person);
}

#[test]
fn a_bis_number_is_one_however_much_stands_around_it() {
    let padding = " ".repeat(100);
    for number in [
        "83440812399".to_owned(),
        "83.24.08-123.99".to_owned(),
        format!("{padding}834&#52;0812399"),
        format!("&#32;{padding}<![CDATA[8344]]>0812399"),
        format!("83440812399&#32;{padding}"),
    ] {
        let request = with("<Criteria>", &format!("<Criteria><INSZ>{number}</INSZ>"));
        let envelope = reads(&request);
        assert!(envelope.names_bis && !envelope.names_other, "{number}");
    }
    let request = with("<Criteria>", &format!("<Criteria><INSZ>&#32;{padding}83070812399</INSZ>"));
    assert!(!reads(&request).names_bis && reads(&request).names_other);
}

#[test]
fn nothing_else_names_a_person() {
    for elsewhere in
        ["<Criteria INSZ='1'>", "<Criteria><!-- <INSZ> --><![CDATA[<INSZ>]]>", "<Criteria><INSZ2/>"]
    {
        assert!(!reads(&with("<Criteria>", elsewhere)).names_person, "{elsewhere}");
    }
}

#[test]
fn what_is_stated_twice_is_refused() {
    for (from, to, fault) in [
        ("<Naam> ", "<Naam>GeefPersoon</Naam><Naam> ", Fault::StatedTwice),
        ("<Naam> ", "<x:Naam xmlns:x='urn:x'>GeefPersoon</x:Naam><Naam> ", Fault::StatedTwice),
        ("<Versie>", "<Versie/><Versie>", Fault::StatedTwice),
        ("<Bericht>", "<Bericht/><Bericht>", Fault::StatedTwice),
        ("<Afzender>", "<Afzender/><Afzender>", Fault::StatedTwice),
        ("<Identificatie>", "<Identificatie>x</Identificatie><Identificatie>", Fault::StatedTwice),
        ("<Hoedanigheid>", "<Hoedanigheid/><Hoedanigheid>", Fault::StatedTwice),
        ("<Referte>", "<Referte/><Referte>", Fault::StatedTwice),
        ("</Vragen>", "</Vragen><Vragen/>", Fault::StatedTwice),
        ("</Verzoek>", "</Verzoek><Verzoek/>", Fault::SecondRequest),
        ("</Context>", "</Context><Context/>", Fault::SecondContext),
        ("<Criteria>", "<Criteria><x:Context xmlns:x='urn:x'/>", Fault::SecondContext),
        ("<Verzoek>", "<Context/><Verzoek>", Fault::SecondContext),
        ("<Type>", "<Context/><Type>", Fault::SecondContext),
    ] {
        assert_refused(with(from, to), fault);
    }
}

#[test]
fn what_must_be_stated_is_missed() {
    for (from, to, fault) in [
        ("<Naam> GeefFuncties </Naam>", "", Fault::NameMissing),
        ("<Naam> GeefFuncties </Naam>", "<Naam> </Naam>", Fault::NameMissing),
        ("<Naam> GeefFuncties </Naam>", "<X><Naam>GeefFuncties</Naam></X>", Fault::NameMissing),
        ("<Versie>02.00.0000</Versie>", "<Versie/>", Fault::VersionMissing),
        ("<Identificatie>voorbeeldstad.be/ipdc0000-aip</Identificatie>", "", Fault::SenderMissing),
        (
            "<Identificatie>voorbeeldstad.be/ipdc0000-aip</Identificatie>",
            "<Identificatie></Identificatie>",
            Fault::SenderMissing,
        ),
        ("voorbeeldstad.be/ipdc0000-aip", "<![CDATA[]]>&#32;", Fault::SenderMissing),
    ] {
        assert_refused(with(from, to), fault);
    }
    assert_refused(
        with("<Verzoek>", "<Vraagstuk>")
            .replace("</Verzoek>", "</Vraagstuk>")
            .replace("Context>", "Kontext>"),
        Fault::NoRequest,
    );
    assert_refused(
        with("<Context>", "<context>").replace("</Context>\n    <Vragen", "</context>\n    <Vragen"),
        Fault::NoContext,
    );
}

#[test]
fn a_value_that_two_readers_could_read_differently_is_refused() {
    for value in ["voorbeeldstad<!-- x -->.be", "<x/>voorbeeldstad.be", "<!---->"] {
        assert_refused(with("voorbeeldstad.be/ipdc0000-aip", value), Fault::UnclearValue);
    }
    assert_refused(with("02.00.0000", "02.00<b>.0000</b>"), Fault::UnclearValue);
}

#[test]
fn an_envelope_is_one_of_soap_1_1() {
    const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    for (from, to) in [
        (SOAP_11, "http://www.w3.org/2003/05/soap-envelope"),
        (SOAP_11, "http&#58;//schemas.xmlsoap.org/soap/envelope/"),
        ("<s:Body Id=\"Body\">", "<s:Body xmlns:s='urn:x'>"),
        ("<s:Header>", "<s:Header xmlns:s='urn:x'>"),
    ] {
        assert_refused(with(from, to), Fault::NotSoap11);
    }
    assert_refused(REQUEST.replace("s:Body", "Body"), Fault::NotSoap11);
}

#[test]
fn an_envelope_has_one_body_with_one_element() {
    for (from, to) in [
        ("</s:Body>", "</s:Body><s:Body/>"),
        ("</s:Body>", "<x/></s:Body>"),
        ("</s:Body>", "x</s:Body>"),
        ("<s:Body Id=\"Body\">", "<s:Body>&amp;"),
        ("</s:Header>", "</s:Header><s:Header/>"),
        ("</s:Header>", "</s:Header>text"),
    ] {
        assert_refused(with(from, to), Fault::Misbuilt);
    }
    assert_refused(REQUEST.replace("s:Envelope", "s:Enveloppe"), Fault::Misbuilt);
    assert_refused(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>",
        Fault::Misbuilt,
    );
}

#[test]
fn a_header_holds_no_message_of_its_own() {
    for wrapped in [
        "<w><s:Body Id='signed'><Verzoek/></s:Body></w>",
        "<x:Body xmlns:x='urn:x'/>",
        "<w><Verzoek/></w>",
        "<s:Envelope><s:Body/></s:Envelope>",
    ] {
        assert_refused(with("</s:Header>", &format!("{wrapped}</s:Header>")), Fault::Misbuilt);
    }
    reads(&with("</s:Header>", "<w:To xmlns:w='urn:w'>Body</w:To><BodyPart/></s:Header>"));
}

#[test]
fn every_prefix_is_declared_around_it() {
    for (from, to) in [
        ("<Criteria>", "<x:Criteria>"),
        ("<Criteria>", "<Criteria x:a='1'>"),
        ("<Criteria>", "<a xmlns:x='urn:x'/><x:Criteria>"),
        ("<d:Context>", "<e:Context>"),
    ] {
        assert_refused(with(from, to), Fault::UndeclaredPrefix);
    }
    assert_eq!(reads(&with("<Criteria>", "<Criteria xml:lang='nl'>")).root, "GeefFuncties");
}

#[test]
fn no_declaration_is_one_that_namespaces_forbid() {
    for declaration in ["xmlns:x=''", "xmlns:xmlns='urn:x'", "xmlns:xml='urn:x'"] {
        assert_refused(with("<Criteria>", &format!("<Criteria {declaration}>")), Fault::ForbiddenDeclaration);
    }
    let many = |count: u32| (0..count).fold(String::new(), |all, at| all + &format!(" xmlns:n{at}='urn:n'"));
    let crowded = format!("<Criteria{}><a{}/><b/>", many(63), many(63));
    assert_refused(
        with("<Criteria>", &crowded.replace("<b/>", &format!("<b{}><c{0}/></b>", many(63)))),
        Fault::TooManyDeclarations,
    );
    assert_eq!(reads(&with("<Criteria>", &crowded)).root, "GeefFuncties");
}

#[test]
fn a_request_is_well_formed_in_every_detail() {
    for (from, to, flaw) in [
        ("<?xml version=\"1.0\"", "<?xml version=\"1.1\"", Flaw::ForeignVersion),
        ("utf-8", "utf-16", Flaw::ForeignEncoding),
        ("<s:Envelope", "<!DOCTYPE x [<!ENTITY y 'z'>]><s:Envelope", Flaw::Doctype),
        ("<Criteria>", "<?x y?><Criteria>", Flaw::ProcessingInstruction),
        ("<Criteria>", "<Criteria a='1' a='2'>", Flaw::DuplicateAttribute),
        ("<Criteria>", "<Criteria a='&y;'>", Flaw::UnknownReference),
        ("<Criteria>", "&y;<Criteria>", Flaw::UnknownReference),
        ("</Criteria>", "</criteria>", Flaw::MismatchedTag),
        ("<Criteria>", "]]><Criteria>", Flaw::CdataEndInText),
        ("<Criteria>", "\u{b}<Criteria>", Flaw::ForbiddenCharacter),
        ("</s:Envelope>", "</s:Envelope><x/>", Flaw::OutsideRoot),
        ("</s:Envelope>", "</s:Envelope>x", Flaw::OutsideRoot),
        ("</s:Envelope>", "</s:Envelope>\u{0}", Flaw::ForbiddenCharacter),
    ] {
        assert_refused(with(from, to), Fault::Flaw(flaw));
    }
    let deep = "<a>".repeat(60) + &"</a>".repeat(60);
    assert_refused(with("<Criteria>", &(deep + "<Criteria>")), Fault::Flaw(Flaw::TooDeep));
}

#[test]
fn a_request_in_another_encoding_is_refused() {
    let latin_1 = REQUEST.replace("Voorbeeldstad</Naam>", "Voorbeeldst\u{e4}d</Naam>");
    let latin_1: Vec<u8> = latin_1.chars().map(|char| u8::try_from(char).unwrap()).collect();
    assert_refused(latin_1, Fault::Flaw(Flaw::NotUtf8));
    let utf_16: Vec<u8> = REQUEST.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_refused(utf_16, Fault::Flaw(Flaw::ForbiddenCharacter));
}

#[test]
fn a_request_that_is_cut_off_is_refused_wherever_it_is() {
    for at in 0..REQUEST.trim_end().len() {
        assert!(read(&REQUEST.as_bytes()[..at], PERSON).is_err(), "at byte {at}");
    }
}

#[test]
fn the_fault_says_where() {
    let request = with("<Criteria>", "<x:Criteria>");
    let at = request.find("<x:Criteria>").unwrap();
    assert_eq!(
        read(request.as_bytes(), PERSON).unwrap_err(),
        Unreadable { fault: Fault::UndeclaredPrefix, at }
    );
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let mut names = Fault::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Fault::COUNT);
    assert_eq!(Fault::UndeclaredPrefix.name(), "undeclared-prefix");
    assert_eq!(Fault::SenderMissing.name(), "sender-missing");
}
