//! Made-up answers, as texts: realistic ones with everything MAGDA's vary in, and decoys.
//!
//! Each is well-formed and has the program's element in its Body. People and numbers are invented;
//! the numbers are test numbers (month 61 to 72) whose check digits are wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Parts of texts that are secret: at least one of them in every name and number that is generated.
pub(crate) const SECRETS: [&str; 4] = ["Quispel", "Vraagsteen", "83670812399", "71.64.02-411.00"];

/// Answers about functionholders, with `root` in the Body.
pub(crate) fn answers(root: &'static str) -> BoxedStrategy<String> {
    message(
        root,
        preamble(),
        vec(prop_oneof![6 => functies(), 2 => clutter(), 1 => error()], 1..4)
            .prop_map(|parts| parts.concat()),
    )
}

/// Answers that are errors for the most part.
pub(crate) fn errors(root: &'static str) -> BoxedStrategy<String> {
    message(root, preamble(), vec(error(), 1..4).prop_map(|parts| parts.concat()))
}

/// Answers in which person blocks hold what they hold in practice, without comments and CDATA.
pub(crate) fn orderly_answers(root: &'static str) -> BoxedStrategy<String> {
    let name = (select(vec!["VoorNaam", "q:AchterNaam"]), select(&SECRETS[..2]))
        .prop_map(|(tag, name)| format!("<{tag}>{name}</{tag}>"));
    let person = (white(), vec(prop_oneof![insz(), name], 1..4))
        .prop_map(|(white, parts)| format!("<Persoon>{}{white}</Persoon>", parts.concat()));
    let functie =
        (person, white()).prop_map(|(person, white)| format!("<Functie>{white}{person}{white}</Functie>"));
    message(
        root,
        Just(String::new()),
        vec(functie, 1..3).prop_map(|all| format!("<Functies>{}</Functies>", all.concat())),
    )
}

/// Answers about enterprises whose form is stated once, twice or nowhere, before or after what depends on it.
pub(crate) fn enterprises(root: &'static str) -> BoxedStrategy<String> {
    let code =
        select(vec!["1", "2", " 2\n", "&#50;", "<![CDATA[2]]>", "2<!-- x -->", "", "3", "12", "2<x/>2"]);
    let form = (select(vec!["SoortOnderneming", "p:SoortOnderneming", "Wrap", "Soort"]), code).prop_map(
        |(tag, code)| {
            let (open, close) = if tag == "Wrap" {
                ("Wrap><SoortOnderneming", "SoortOnderneming></Wrap")
            } else {
                (tag, tag)
            };
            format!("<{open}><Code Beschrijving='x'>{code}</Code></{close}>")
        },
    );
    let block = (
        select(vec!["Adressen", "Namen", "Curatoren", "Vestiging", "Functies"]),
        prop_oneof![
            4 => element(select(vec!["Adres", "Naam", "Curator", "Functie"]), text()),
            1 => element(Just("Adressen"), text()),
            1 => functies(),
            1 => error(),
        ],
    )
        .prop_map(|(tag, content)| format!("<{tag}>{content}</{tag}>"));
    let part = prop_oneof![2 => form, 6 => block, 1 => text(), 1 => functies()];
    let enterprise = element(
        select(vec!["Onderneming", "Onderneming", "Enterprise"]),
        vec(part, 0..6).prop_map(|parts| parts.concat()),
    );
    message(
        root,
        preamble(),
        vec(prop_oneof![4 => enterprise, 1 => error()], 1..4).prop_map(|parts| parts.concat()),
    )
}

fn message(
    root: &'static str,
    preamble: impl Strategy<Value = String> + 'static,
    content: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<String> {
    (preamble, select(vec!["s", "soapenv"]), header(), white(), content, any::<bool>())
        .prop_map(move |(preamble, soap, header, white, content, default)| {
            let (open, close, inner) = if default {
                (format!("{root} xmlns='urn:magda'"), root.to_owned(), "<Repliek xmlns=\"\">")
            } else {
                (format!("web:{root}"), format!("web:{root}"), "<Repliek>")
            };
                format!(
                "{preamble}<{soap}:Envelope xmlns:{soap}=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                 xmlns:web='urn:magda' xmlns:p=\"urn:p\" xmlns:q='urn:q'>{white}{header}<{soap}:Body>{white}\
                 <{open}>{inner}{content}{white}</Repliek></{close}>{white}</{soap}:Body></{soap}:Envelope>{white}"
            )
        })
        .boxed()
}

fn preamble() -> impl Strategy<Value = String> {
    let declaration = select(vec![
        "",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n",
        "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>",
        "<?xml version=\"1.0\"?><!-- a > b -->",
        "\n\n",
    ]);
    (any::<bool>(), declaration)
        .prop_map(|(mark, rest)| format!("{}{rest}", if mark { "\u{feff}" } else { "" }))
}

fn header() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just(""),
        2 => Just("<s:Header xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>"),
        2 => Just("<p:Header><q:To p:must='1'>62.1</q:To></p:Header>"),
        1 => Just("<p:Header><q:Security><Signature>abc=</Signature></q:Security></p:Header>"),
    ]
}

fn functies() -> BoxedStrategy<String> {
    element(
        Just("Functies"),
        vec(prop_oneof![6 => functie(), 1 => text(), 1 => clutter()], 1..4).prop_map(|parts| parts.concat()),
    )
}

fn functie() -> BoxedStrategy<String> {
    let child = prop_oneof![
        4 => person(),
        2 => element(Just("FunctiehouderVan"), Just("0999999943".to_owned())),
        1 => element(Just("AardFunctie"), text()),
        1 => element(Just("Onderneming"), text()),
        1 => text(),
    ];
    element(Just("Functie"), vec(child, 0..4).prop_map(|parts| parts.concat()))
}

/// A person block: mostly silent tags, all kinds of children in any order.
fn person() -> BoxedStrategy<String> {
    let child = prop_oneof![
        4 => insz(),
        6 => name_child(),
        2 => white().prop_map(str::to_owned),
        1 => text(),
        1 => element(Just("Straat"), prop_oneof![4 => text(), 1 => clutter(), 1 => name_child()]),
        1 => element(Just("GeboorteNaam"), text()),
        1 => element(Just("insz"), text()),
    ];
    let content = vec(child, 0..5).prop_map(|parts| parts.concat());
    prop_oneof![
        6 => (select(vec!["Persoon", "p:Persoon", "Persoon xmlns:v='urn:v'"]), content.clone())
            .prop_map(|(tag, content)| {
                let name = tag.split(' ').next().unwrap();
                format!("<{tag}>{content}</{name}>")
            }),
        1 => Just("<Persoon/>".to_owned()),
        1 => element(Just("Persoon"), content),
    ]
    .boxed()
}

fn insz() -> BoxedStrategy<String> {
    prop_oneof![
        6 => select(&SECRETS[2..]).prop_map(|number| format!("<INSZ>{number}</INSZ>")),
        2 => select(&SECRETS[2..]).prop_map(|number| format!("<q:INSZ xmlns:ns3='urn:3'>\n {number}\t</q:INSZ >")),
        1 => Just("<INSZ/>".to_owned()),
    ]
    .boxed()
}

fn name_child() -> BoxedStrategy<String> {
    (
        select(vec!["VoorNaam", "AchterNaam", "p:VoorNaam"]),
        select(&SECRETS[..2]),
        select(vec!["", "<!-- x -->", "&amp;", "<![CDATA[ < ]]>"]),
    )
        .prop_map(|(tag, name, more)| format!("<{tag}>{name}{more}</{tag}>"))
        .boxed()
}

/// Elements with names that mean something elsewhere, any way inside one another.
fn clutter() -> BoxedStrategy<String> {
    let decoy = || {
        select(vec!["Persoon", "Functie", "Functies", "Onderneming", "Naam", "Straat", "Personen", "\u{eb}n"])
    };
    let leaf = prop_oneof![4 => text(), 1 => element(decoy(), text())];
    let tree = leaf.prop_recursive(4, 12, 3, move |inner| {
        element(decoy(), vec(inner, 0..3).prop_map(|parts| parts.concat()))
    });
    let drift =
        select(vec!["INSZ", "insz", "VoorNaam", "p:achternaam"]).prop_map(|name| format!("<{name}/>"));
    prop_oneof![14 => tree, 1 => drift].boxed()
}

fn error() -> BoxedStrategy<String> {
    let digits = select(vec![
        "83670812399",
        "71.64.02-411.00",
        "716402-411-00",
        "0999999943",
        "836708",
        "12399",
        "&#56;",
        "<!-- 1 -->",
        "<![CDATA[3670]]>",
        " ",
        ".",
        "-",
        "nr",
        "1",
        "\u{eb}",
    ]);
    let diagnose =
        element(select(vec!["Diagnose", "Waarde"]), vec(digits, 1..6).prop_map(|parts| parts.concat()));
    let reference = select(vec![
        "/Onderneming/Functies/Functie[1]/p:Persoon/INSZ",
        "Functies/Functie/Persoon",
        "/Onderneming/Rechtsvormen",
        "Persoon",
        "//Adressen",
        "&#47;Onderneming/x/Namen",
        "",
    ])
    .prop_map(|xpath| {
        format!("<ElementReferenties><ElementReferentie>{xpath}</ElementReferentie></ElementReferenties>")
    });
    let part = prop_oneof![6 => diagnose, 1 => functies(), 1 => clutter(), 1 => reference];
    element(
        select(vec!["Uitzondering", "Uitzondering", "Fout"]),
        vec(part, 0..3).prop_map(|parts| parts.concat()),
    )
}

/// An element, written in one of the ways there are.
fn element(
    local: impl Strategy<Value = &'static str> + 'static,
    content: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<String> {
    let attributes = subsequence(
        vec!["a=\"1\"", "b='x \"y\">'", "xmlns:ns3=\"urn:3\"", "p:c = \"&lt;&#49;/>\"", "d='\u{20ac}'"],
        0..=5,
    );
    let attributes = prop_oneof![3 => Just(vec![]), 1 => attributes];
    (local, select(vec!["", "", "p:", "q:"]), attributes, white(), white(), content)
        .prop_map(|(local, prefix, attributes, inside, after, content)| {
            let attributes = attributes.join(&format!(" {inside}"));
            let attributes =
                if attributes.is_empty() { attributes } else { format!(" {inside}{attributes}") };
            if content.is_empty() && inside.is_empty() {
                return format!("<{prefix}{local}{attributes}{after}/>");
            }
            format!("<{prefix}{local}{attributes}{after}>{content}</{prefix}{local}{after}>")
        })
        .boxed()
}

/// Text with everything that is text, markup that is none, and numbers.
fn text() -> BoxedStrategy<String> {
    let part = select(vec![
        "tekst",
        " ",
        "\r\n\t",
        "&amp;",
        "&#xE9;",
        "&#32;",
        "\u{eb}\u{20ac}\u{1f600}",
        "]]x",
        "> ",
        "\"'",
        "0999999943",
        "<!-- <Persoon> -->",
        "<!---->",
        "<![CDATA[<Persoon> ]] ]> &]]>",
        "<![CDATA[]]>",
        "&lt;INSZ&gt;",
    ]);
    vec(part, 0..4).prop_map(|parts| parts.concat()).boxed()
}

fn white() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n  ", "\r\n\t"])
}
