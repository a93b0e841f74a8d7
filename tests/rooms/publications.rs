//! Publications as CSV: personal cells are emptied, every other byte stays, and what cannot be told apart stays in.

use poortwachter::catalogue::Catalogue;
use poortwachter::kernel::redact::program::Program;
use poortwachter::kernel::redact::{Signed, Terms};
use poortwachter::kernel::vocab::{Field, FieldSet, Groups, Kind};
use poortwachter::publication::csv::{Fault, Withheld, filter};
use proptest::prelude::*;

/// Check digits right, month + 60: nobody's.
const NOBODY: &str = "62660599933";

fn program(label: &str) -> Program<'static> {
    let catalogue =
        Catalogue::parse("catalogue.toml", Catalogue::BUILT_IN).expect("the shipped file is right");
    *catalogue.program(catalogue.labelled(label).expect("listed"))
}

fn enterprises() -> Program<'static> {
    program("PubliceerOndernemingVKBO/02.00")
}

fn functions() -> Program<'static> {
    program("PubliceerFuncties/02.00")
}

/// As `redact` has them: the names of an enterprise stay.
fn terms(reveals: &[Field]) -> Terms {
    Terms {
        reveals: reveals.iter().copied().collect(),
        groups: Groups::ORDINARY,
        signed: Signed::Unsigned,
        owner_names: true,
    }
}

fn kept(program: &Program<'_>, text: &str) -> String {
    let (out, _) = filter(program, terms(&[]), text.as_bytes()).expect("kept");
    String::from_utf8(out).expect("UTF-8")
}

fn fault(program: &Program<'_>, text: &[u8]) -> Withheld {
    filter(program, terms(&[]), text).expect_err("withheld")
}

#[test]
fn functionholders_leave_in_no_spelling_of_the_header() {
    for name in [
        "INSZ",
        "insz",
        "Functie.INSZ",
        "Functie/Insz",
        "Functie_Persoon_VoorNaam",
        "VOOR_NAAM",
        "Achter-naam",
        "FunctiehouderVoornaam",
        "FUNCTIEHOUDERACHTERNAAM",
        "INSZ2",
        "\"VoorNaam\"",
        " Voornaam ",
        "v:INSZ",
    ] {
        let text = format!("INSZ;{name};Code\n;Peeters;1\n");
        assert_eq!(kept(&functions(), &text), format!("INSZ;{name};Code\n;;1\n"), "{name}");
    }
}

#[test]
fn what_stays_keeps_its_quotes_delimiters_line_ends_and_mark() {
    let text =
        "\u{feff}Ondernemingsnummer;\"INSZ\";\"Om;schrijving\"\r\n\"0123456749\";\"00000000097\"; a \"";
    assert_eq!(fault(&functions(), text.as_bytes()).fault, Fault::NoHeader);
    let text =
        "\u{feff}Nummer;\"INSZ\";Tekst\r\n\"0123456749\";\"x\"\"\r\n;y\";\"a;\"\"b\"\"\nc\"\r\n1,2;\"\"; a ";
    let want = "\u{feff}Nummer;\"INSZ\";Tekst\r\n\"0123456749\";;\"a;\"\"b\"\"\nc\"\r\n1,2;\"\"; a ";
    assert_eq!(kept(&functions(), text), want);
    assert_eq!(kept(&functions(), "Nummer,INSZ\n\"1;2\",3\n"), "Nummer,INSZ\n\"1;2\",\n");
}

#[test]
fn an_address_stays_only_where_the_row_says_it_is_no_natural_persons() {
    let header =
        "Nummer;MaatschappelijkeNaam;SoortOndernemingCode;Adres.Straat;AdresHuisnummer;GSM;Rechtsvorm";
    let row = |form: &str| format!("1;Jans BV;{form};Kerkstraat;7;0470;610");
    for spared in ["2", "\"2\""] {
        let text = format!("{header}\n{}\n", row(spared));
        assert_eq!(kept(&enterprises(), &text), text);
    }
    for closed in ["1", "", " 2", "22", "Rechtspersoon"] {
        let want = format!("{header}\n1;Jans BV;{closed};;;;610\n");
        assert_eq!(kept(&enterprises(), &format!("{header}\n{}\n", row(closed))), want);
    }
}

#[test]
fn a_form_is_said_by_its_code_before_its_text_and_by_all_that_say_it() {
    let spared = |names: &str, values: &str| {
        kept(&enterprises(), &format!("{names};Postcode\n{values};9000\n")).ends_with("9000\n")
    };
    assert!(spared("SoortOnderneming;Nummer", "2;1"));
    assert!(spared("SoortOnderneming;SoortOnderneming.Code", "Rechtspersoon;2"));
    assert!(spared("Inhoud/SoortOnderneming/Code;SOORT_ONDERNEMING_CODE", "2;2"));
    assert!(!spared("Inhoud/SoortOnderneming/Code;SoortOndernemingCode", "2;1"));
    assert!(!spared("SoortOnderneming;SoortOndernemingCode", "2;1"));
    assert!(
        !spared("SoortOndernemingOmschrijving;Nummer", "2;1"),
        "no column of that name: emptied in all rows"
    );
}

#[test]
fn an_owners_name_goes_where_the_terms_say_so() {
    let text = "Nummer;MaatschappelijkeNaam;SoortOnderneming\n1;Peeters An;1\n2;Jans BV;2\n";
    let strict = Terms { owner_names: false, ..terms(&[]) };
    let (out, tally) = filter(&enterprises(), strict, text.as_bytes()).expect("kept");
    assert_eq!(out, b"Nummer;MaatschappelijkeNaam;SoortOnderneming\n1;;1\n2;Jans BV;2\n");
    assert_eq!(tally.removed[Kind::SoleProprietorName.at()], 1);
}

#[test]
fn what_is_revealed_stays_and_what_goes_is_counted() {
    let text = format!("Nummer;INSZ;VoorNaam;Straat;Land\n1;{NOBODY};An;Kerkstraat;\n2;;Bo;Dorp;BE\n");
    let (out, tally) = filter(&enterprises(), terms(&[]), text.as_bytes()).expect("kept");
    assert_eq!(out, b"Nummer;INSZ;VoorNaam;Straat;Land\n1;;;;\n2;;;;\n");
    assert_eq!(tally.removed[..3], [2, 1, 3]);
    let (out, tally) = filter(&enterprises(), terms(&Field::ALL), text.as_bytes()).expect("kept");
    assert_eq!((out.as_slice(), tally.removed), (text.as_bytes(), [0; Kind::COUNT]));
    assert_eq!(tally.released[..3], [2, 1, 3]);
    let names = terms(&[Field::FunctionholderName]);
    let (out, _) = filter(&enterprises(), names, text.as_bytes()).expect("kept");
    assert_eq!(out, b"Nummer;INSZ;VoorNaam;Straat;Land\n1;;An;;\n2;;Bo;;\n");
}

#[test]
fn an_insz_in_a_cell_that_would_stay_withholds_the_file_and_names_its_line() {
    for number in [NOBODY, "62.66.05-999.33", "nr 62660599933!", "\"x\n62660599933\""] {
        let text = format!("Nummer;INSZ;Tekst\n1;;\"a\nb\"\n2;;{number}\n");
        let found = fault(&functions(), text.as_bytes());
        assert_eq!(found, Withheld { line: 4, fault: Fault::Tripwire }, "{number}");
        assert_eq!(found.to_string(), "line 4: tripwire");
    }
    // The one whose field is open may stand anywhere, as at the gateway.
    let text = format!("Nummer;INSZ;Tekst\n1;;{NOBODY}\n");
    assert!(filter(&functions(), terms(&[Field::FunctionholderInsz]), text.as_bytes()).is_ok());
}

#[test]
fn a_telephone_number_with_a_countrys_before_it_is_no_insz() {
    // 32 47 05 ... : with the check digits of an INSZ.
    let nine = 324_705_123_u64;
    let phone = format!("{nine}{:02}", 97 - nine % 97);
    let text = |name: &str, number: &str| format!("Nummer;SoortOnderneming;{name}\n1;2;{number}\n");
    let kept = |text: String| filter(&enterprises(), terms(&[]), text.as_bytes()).map(|_| ());
    let sprung = Err(Withheld { line: 2, fault: Fault::Tripwire });
    assert_eq!(kept(text("GSM", &phone)), Ok(()));
    assert_eq!(kept(text("Contact.Telefoonnummer", &format!("+{phone}"))), Ok(()));
    assert_eq!(kept(text("Contact.Email", &phone)), sprung);
    assert_eq!(kept(text("GSM", NOBODY)), sprung);
}

#[test]
fn what_cannot_be_told_apart_is_withheld_with_its_line() {
    for (text, line, fault) in [
        (&b""[..], 1, Fault::Empty),
        (b"\xef\xbb\xbf", 1, Fault::Empty),
        (b"INSZ\n1\n", 1, Fault::Delimiter),
        (b"INSZ;A,B\n", 1, Fault::Delimiter),
        (b"2026-11-24;0123456749;An\n", 1, Fault::NoHeader),
        (b"<PubliceerFuncties/>;\n", 1, Fault::NoHeader),
        ("INSZ;Vo\u{43e}rNaam\n".as_bytes(), 1, Fault::NoHeader),
        ("INSZ;Voor\u{200b}Naam\n".as_bytes(), 1, Fault::NoHeader),
        (b"Jan;Peeters\nAn;Jans\n", 1, Fault::UnknownHeader),
        (b"Nummer;Pr\xe9nom\n", 1, Fault::Encoding),
        (b"INSZ;Code\n1;2\n1;\xff\n", 3, Fault::Encoding),
        (b"INSZ;Code\n1;2\n1\n", 3, Fault::CellCount),
        (b"INSZ;Code\n1;2\n\n", 3, Fault::CellCount),
        (b"INSZ;Code\n1;2;\n", 2, Fault::CellCount),
        (b"INSZ;Code\n1;\"a\nb\"\n1;2\"\n", 4, Fault::BareQuote),
        (b"INSZ;Code\n1;\"2\n3;4\n", 2, Fault::OpenQuote),
        (b"INSZ;Code\n1;2\r3;4\n", 2, Fault::BareReturn),
        (b"INSZ;Code\n1;\0\n", 2, Fault::Control),
        (b"INSZ;\n1;\n1;Peeters\n", 3, Fault::NamelessCell),
    ] {
        let found = filter(&functions(), terms(&[]), text).expect_err("withheld");
        assert_eq!(found, Withheld { line, fault }, "{}", String::from_utf8_lossy(text));
    }
}

/// The cells of a text without faults, by a plainly right splitter that knows nothing of the filter's.
fn split(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut quoted) = (vec![vec![String::new()]], false);
    for c in text.chars() {
        quoted ^= c == '"';
        match c {
            ';' if !quoted => rows.last_mut().unwrap().push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            _ => rows.last_mut().unwrap().last_mut().unwrap().push(c),
        }
    }
    rows
}

const COLUMNS: [(&str, bool); 8] = [
    ("Ondernemingsnummer", false),
    ("Functie.INSZ", true),
    ("SoortOnderneming.Code", false),
    ("VOORNAAM", true),
    ("Adres.Straat", true),
    ("Toestand", false),
    ("Achter_Naam", true),
    ("Rechtsvorm", false),
];

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z\u{e9} ,.']{0,9}",
        "[0-9]{1,10}",
        "[a-z;\n, ]{0,9}".prop_map(|text| format!("\"{text}\"")),
        "[a-z]{0,4}".prop_map(|text| format!("\"{text}\"\"\r\n\"\"\"")),
    ]
}

proptest! {
    #[test]
    fn only_personal_cells_change_and_none_comes_or_goes(
        order in Just(COLUMNS.to_vec()).prop_shuffle(),
        rows in prop::collection::vec(prop::collection::vec(cell(), COLUMNS.len()), 0..6),
        crlf: bool,
        ended: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let header: Vec<String> = order.iter().map(|(name, _)| (*name).to_owned()).collect();
        let planted = rows.iter().enumerate().map(|(at, row)| {
            let secret = |place: usize| order[place].1.then(|| format!("{at}{place}geheim{NOBODY}"));
            // A form that never spares.
            let form = |place: usize| (order[place].0 == "SoortOnderneming.Code").then(|| "1".to_owned());
            (0..row.len()).map(|place| secret(place).or_else(|| form(place)).unwrap_or_else(|| row[place].clone())).collect()
        });
        let lines: Vec<Vec<String>> = std::iter::once(header).chain(planted).collect();
        let written: Vec<String> = lines.iter().map(|line| line.join(";")).collect();
        let text = written.join(end) + if ended { end } else { "" };
        let (out, tally) = filter(&enterprises(), terms(&[]), text.as_bytes()).expect("kept");
        let out = String::from_utf8(out).expect("UTF-8");
        prop_assert!(!out.contains("geheim") && !out.contains(NOBODY), "{}", out);
        let want: Vec<Vec<String>> = split(&text).into_iter().enumerate().map(|(at, row)| {
            let keeps = |place: usize| at == 0 || !order.get(place).is_some_and(|(_, personal)| *personal);
            let ending = |cell: &str| if cell.ends_with('\r') { "\r" } else { "" }.to_owned();
            row.into_iter().enumerate().map(|(place, cell)| if keeps(place) { cell } else { ending(&cell) }).collect()
        }).collect();
        // Cell by cell the same: so is every delimiter, quote and line end between them.
        prop_assert_eq!(split(&out), want);
        prop_assert_eq!(tally.removed.iter().sum::<u32>(), u32::try_from(4 * rows.len()).unwrap());
        let again = filter(&enterprises(), terms(&[]), out.as_bytes()).expect("kept");
        prop_assert_eq!(again.0, out.as_bytes());
    }

    #[test]
    fn any_bytes_are_filtered_or_withheld_and_all_stays_where_all_is_open(
        rest in prop::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..60),
    ) {
        let text = [b"INSZ;Code\n", rest.as_slice()].concat();
        let open = Terms::revealing(FieldSet::ALL);
        match (filter(&functions(), open, &text), filter(&functions(), terms(&[]), &text)) {
            (Ok((all, _)), closed) => {
                prop_assert_eq!(&all, &text);
                prop_assert!(closed.map_or(true, |(kept, _)| kept.len() <= text.len()));
            }
            (Err(open), closed) => prop_assert_eq!(closed.err().map(|closed| closed.line <= open.line), Some(true)),
        }
    }
}
