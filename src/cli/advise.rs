//! `advise`: which instrument makes a wish lawful, who issues it, where to turn, with which papers.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use poortwachter_kernel::vocab::Day;

use super::explain::{category, day};
use super::{CONFIG, Format, USAGE, answer, fail};
use crate::app::{clock, files};
use crate::law::advise::{Ask, Outside, Wish, advise, matters};
use crate::law::telling::{Language, papers, required};
use crate::law::terms::{Category, Chamber, ConsumerKind, Mediation, Network};
use crate::law::{Calendar, File, Law, Rule, Setting};
use crate::text::words::one_of;

/// Say which instrument makes a call lawful, who issues it, and what to bring
///
/// Without flags, on a terminal, it asks: one question at a time, only those that still matter.
#[derive(Debug, Args)]
pub(super) struct Advise {
    /// Whose data is wanted
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    source: Option<Category>,
    /// What kind of consumer asks: flemish-agency, provincial-or-local, federal-agency
    #[arg(long, value_name = "KIND", value_parser = kind)]
    consumer_kind: Option<ConsumerKind>,
    /// Its place in the social-security network: none, primary, secondary (every OCMW), extended
    #[arg(long, value_name = "PLACE", value_parser = network, default_value = "none")]
    network: Network,
    /// How the data comes: direct, ksz, ehealth
    #[arg(long, value_name = "WAY", value_parser = mediation, default_value = "direct")]
    mediation: Mediation,
    /// Whether a general authorization covers the purpose
    #[arg(long, value_enum, default_value_t)]
    general_authorization: YesNo,
    /// A protocol was tried for and could not be reached
    #[arg(long)]
    protocol_failed: bool,
    /// Whether an authorization for the National Register is held for the purpose
    #[arg(long, value_enum, default_value_t)]
    holds_register_authorization: YesNo,
    /// KBO/VKBO: first name, last name and INSZ of functionholders are wanted too
    #[arg(long)]
    personal_fields: bool,
    /// The legal day the instrument is dated; today when left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<Day>,
    /// The language of the texts
    #[arg(long, value_enum, default_value_t = Tongue::En)]
    lang: Tongue,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Another law than the built-in one
    #[arg(long, value_name = "FILE")]
    law: Option<PathBuf>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    #[default]
    No,
}

/// The language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tongue {
    Nl,
    En,
}

fn kind(written: &str) -> Result<ConsumerKind, String> {
    term(written, ConsumerKind::NAMES)
}

fn network(written: &str) -> Result<Network, String> {
    term(written, Network::NAMES)
}

fn mediation(written: &str) -> Result<Mediation, String> {
    term(written, Mediation::NAMES)
}

fn term<T: Copy>(written: &str, names: &[(&'static str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| *name == written);
    found
        .map(|(_, term)| *term)
        .ok_or_else(|| format!("write {}", one_of(names.iter().map(|(name, _)| *name))))
}

impl Advise {
    pub(super) fn run(&self) -> ExitCode {
        let law = match files::law(self.law.as_deref()) {
            Ok(law) => law,
            Err(faults) => return fail(CONFIG, &faults),
        };
        let wish = match self.wish(&law) {
            Ok(wish) => wish,
            Err(problem) => return fail(USAGE, &problem),
        };
        let language = if self.lang == Tongue::Nl { Language::Dutch } else { Language::English };
        let advice = advise(&law, &wish);
        let text = match self.format {
            Format::Text => as_text(&law, advice, language),
            Format::Json => format!("{:#}\n", as_json(&law, advice, language)),
        };
        answer(&text, ExitCode::SUCCESS)
    }

    fn wish(&self, law: &Law) -> Result<Wish, String> {
        let today = self.date.unwrap_or_else(|| Calendar::new().day(clock::system()));
        let Some(source) = self.source else {
            if self.asks() {
                return interview(law, today).map_err(|cause| format!("no answer: {cause}"));
            }
            let names = one_of(Category::NAMES.iter().map(|(name, _)| *name));
            return Err(format!(
                "name the source with --source: {names}; without any flag, on a terminal, I ask"
            ));
        };
        let wish = self.told(source, today);
        if self.consumer_kind.is_none() && matters(law, &wish, Ask::Kind) {
            let names = one_of(ConsumerKind::NAMES.iter().map(|(name, _)| *name));
            return Err(format!("name the kind of consumer with --consumer-kind: {names}"));
        }
        Ok(wish)
    }

    /// Whether to ask: no flag that answers a question was given, and somebody is there.
    fn asks(&self) -> bool {
        self.consumer_kind.is_none() && io::stdin().is_terminal()
    }

    fn told(&self, source: Category, today: Day) -> Wish {
        Wish {
            source,
            setting: Setting {
                kind: self.consumer_kind.unwrap_or(ConsumerKind::FlemishAgency),
                network: self.network,
                mediation: self.mediation,
            },
            file: File {
                general_authorization: self.general_authorization == YesNo::Yes,
                protocol_failed: self.protocol_failed,
                register_authorization: self.holds_register_authorization == YesNo::Yes,
                dated: today,
            },
            personal_fields: self.personal_fields,
            day: today,
        }
    }
}

/// Asks what still matters, one question at a time.
fn interview(law: &Law, today: Day) -> io::Result<Wish> {
    let source = choose("Whose data is wanted?", Category::NAMES)?;
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    let mut wish = Wish { source, setting, file: File::empty(today), personal_fields: false, day: today };
    for ask in Ask::ALL {
        if matters(law, &wish, ask) {
            put(ask, &mut wish)?;
        }
    }
    Ok(wish)
}

fn put(ask: Ask, wish: &mut Wish) -> io::Result<()> {
    match ask {
        Ask::Kind => wish.setting.kind = choose("What kind of consumer asks?", ConsumerKind::NAMES)?,
        Ask::Network => {
            let question = "Where does it stand in the social-security network? (every OCMW: secondary)";
            wish.setting.network = choose(question, Network::NAMES)?;
        }
        Ask::Mediation => wish.setting.mediation = choose("How does the data come?", Mediation::NAMES)?,
        Ask::GeneralAuthorization => {
            wish.file.general_authorization = yes_or_no("Does a general authorization cover the purpose?")?;
        }
        Ask::ProtocolFailed => {
            wish.file.protocol_failed = yes_or_no("Was a protocol tried for, and could not be reached?")?;
        }
        Ask::RegisterAuthorization => {
            let question = "Is an authorization for the National Register held for this purpose?";
            wish.file.register_authorization = yes_or_no(question)?;
        }
        Ask::PersonalFields => {
            let question = "Are functionholders' first name, last name or INSZ wanted too?";
            wish.personal_fields = yes_or_no(question)?;
        }
    }
    Ok(())
}

fn yes_or_no(question: &str) -> io::Result<bool> {
    choose(question, &[("no", false), ("yes", true)])
}

/// Asks until the answer is one of the names, or its number.
fn choose<T: Copy>(question: &str, names: &[(&'static str, T)]) -> io::Result<T> {
    println!("{question}");
    for (at, (name, _)) in names.iter().enumerate() {
        println!("  {}  {name}", at + 1);
    }
    loop {
        print!("> ");
        io::stdout().flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended"));
        }
        let answer = line.trim();
        let by_number = answer.parse::<usize>().ok().and_then(|number| names.get(number.checked_sub(1)?));
        let chosen = by_number.or_else(|| names.iter().find(|(name, _)| *name == answer));
        match chosen {
            Some((_, chosen)) => return Ok(*chosen),
            None => println!("write a number from 1 to {}, or the name", names.len()),
        }
    }
}

fn as_text(law: &Law, advice: Result<&Rule, Outside>, language: Language) -> String {
    let dutch = language == Language::Dutch;
    let rule = match advice {
        Ok(rule) => rule,
        Err(outside) => {
            let what = if dutch { "buiten de gids" } else { "outside the guide" };
            return format!("{what}: {}\n", reason(outside, language));
        }
    };
    let mut lines = vec![format!(
        "{} {}: {}",
        if dutch { "regel" } else { "rule" },
        rule.id,
        language.of(&rule.how.rule)
    )];
    let mut line =
        |nl: &str, en: &str, text: &str| lines.push(format!("  {}: {text}", if dutch { nl } else { en }));
    line("instrument", "instrument", &required(law, rule, language));
    line("bevoegde instantie", "authority", &rule.how.authority);
    line("contact", "contact", language.of(&rule.how.contact));
    for paper in papers(rule, language) {
        line("document", "paper", &paper);
    }
    if let Some(text) = &rule.how.legal_text {
        line("wettekst", "legal text", text);
    }
    if let Some(text) = proportionality(rule, language) {
        line("proportionaliteit", "proportionality", text);
    }
    if rule.reconstructed {
        line(
            "let op",
            "mind",
            if dutch {
                "de voorwaarde van deze regel is gereconstrueerd; laat een jurist ze bevestigen"
            } else {
                "the condition of this rule is reconstructed; let a jurist confirm it"
            },
        );
    }
    lines.join("\n") + "\n"
}

fn as_json(law: &Law, advice: Result<&Rule, Outside>, language: Language) -> Value {
    match advice {
        Ok(rule) => json!({
            "rule": rule.id,
            "source": rule.source.name(),
            "instrument": rule.instruments.first().map(|kind| kind.name()),
            "chamber": rule.chamber.map(Chamber::name),
            "authority": rule.how.authority,
            "contact": language.of(&rule.how.contact),
            "papers": papers(rule, language),
            "legal_text": rule.how.legal_text,
            "reconstructed": rule.reconstructed,
            "then": rule.then,
            "proportionality": proportionality(rule, language),
            "text": language.of(&rule.how.rule),
            "required": required(law, rule, language),
        }),
        Err(outside) => json!({ "rule": null, "reason": reason(outside, language) }),
    }
}

/// What the grant should say beside its instrument: KBO/VKBO has `opens` for that, which the rule itself is about.
fn proportionality(rule: &Rule, language: Language) -> Option<&'static str> {
    let text = match language {
        Language::Dutch => {
            "som in `fields` van de grant alleen de veldgroepen op die het doel nodig heeft (AVG, artikel 5.1.c)"
        }
        Language::English => {
            "list in the grant's `fields` only the field groups that the purpose needs (GDPR, article 5.1.c)"
        }
    };
    (rule.source != Category::KboVkbo).then_some(text)
}

fn reason(outside: Outside, language: Language) -> &'static str {
    match (outside, language) {
        (Outside::NoRules, Language::Dutch) => {
            "de juridische gids heeft op die dag geen regel voor deze bron"
        }
        (Outside::NoRules, Language::English) => "the legal guide has no rule for this source on that day",
        (Outside::OtherKinds, Language::Dutch) => {
            "een federale instantie die een federale bron bevraagt, staat niet in de juridische gids"
        }
        (Outside::OtherKinds, Language::English) => {
            "a federal agency asking a federal source has no rule in the legal guide"
        }
        (Outside::NoRule, Language::Dutch) => "geen regel van de juridische gids beantwoordt dit geval",
        (Outside::NoRule, Language::English) => "no rule of the legal guide answers this case",
    }
}
