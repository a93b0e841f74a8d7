//! Answers of three services as trees, with secrets where personal data stands.

use poortwachter_kernel::redact::program::Program;

use crate::chance::Chance;
use crate::programs::{GEEF_FUNCTIES, GEEF_ONDERNEMING, ZOEK_ONDERNEMING};
use crate::secrets::Secrets;

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    GeefOnderneming,
    ZoekOnderneming,
    GeefFuncties,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::GeefOnderneming, Self::ZoekOnderneming, Self::GeefFuncties];

    pub(crate) fn program(self) -> &'static Program<'static> {
        match self {
            Self::GeefOnderneming => &GEEF_ONDERNEMING,
            Self::ZoekOnderneming => &ZOEK_ONDERNEMING,
            Self::GeefFuncties => &GEEF_FUNCTIES,
        }
    }
}

/// What a name says to a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Nothing,
    /// It announces secrets that another name announces too.
    Too,
    /// It alone announces secrets, or says that there are none.
    Alone,
}

/// An element, or a member.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: &'static str,
    pub(crate) says: Says,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(String),
    Parts(Vec<Node>),
}

impl Node {
    fn new(name: &'static str, says: Says, content: Content) -> Self {
        Self { name, says, content }
    }

    fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self::new(name, Says::Nothing, Content::Text(text.into()))
    }

    fn parts(name: &'static str, parts: Vec<Self>) -> Self {
        Self::new(name, Says::Nothing, Content::Parts(parts))
    }

    fn saying(self, says: Says) -> Self {
        Self { says, ..self }
    }
}

/// An answer as a tree.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) service: Service,
    pub(crate) root: Node,
    pub(crate) secrets: Secrets,
    /// Whether secrets stand in the addresses of a sole proprietor: only one name announces these.
    pub(crate) has_addresses: bool,
}

impl Answer {
    pub(crate) fn random(chance: &mut Chance) -> Self {
        let service = chance.pick(&Service::ALL);
        let mut maker = Maker { chance, secrets: Secrets::default(), has_addresses: false };
        let content = match service {
            Service::GeefOnderneming => maker.enterprise(),
            Service::ZoekOnderneming => maker.enterprises(),
            Service::GeefFuncties => vec![maker.functions(true)],
        };
        let root = maker.framed(service, content);
        let Maker { secrets, has_addresses, .. } = maker;
        Self { service, root, secrets, has_addresses }
    }
}

struct Maker<'c> {
    chance: &'c mut Chance,
    secrets: Secrets,
    has_addresses: bool,
}

impl Maker<'_> {
    fn framed(&mut self, service: Service, content: Vec<Node>) -> Node {
        let mut content = Node::parts("Inhoud", self.wrapped(content));
        for name in ["Antwoord", "Antwoorden", "Repliek"] {
            content = Node::parts(name, self.with_clutter(vec![content]));
        }
        Node::parts(service.program().parts().root, vec![content])
    }

    fn enterprises(&mut self) -> Vec<Node> {
        let count = 1 + self.chance.below(2);
        let all =
            (0..count).map(|_| Node::parts("Onderneming", self.enterprise()).saying(Says::Alone)).collect();
        vec![Node::parts("Ondernemingen", all)]
    }

    /// What stands in an enterprise, in any order: mostly a sole proprietor.
    fn enterprise(&mut self) -> Vec<Node> {
        let owned = !self.chance.once_in(3);
        let code = if owned { self.chance.pick(&["1", "1", "0", "22", ""]) } else { "2" };
        let form = Node::parts("SoortOnderneming", vec![Node::text("Code", code).saying(Says::Alone)]);
        let mut parts = vec![Node::text("Ondernemingsnummer", "0999999943"), self.functions(false)];
        if !owned || !self.chance.once_in(4) {
            parts.push(form.saying(Says::Alone));
        }
        if self.chance.once_in(2) {
            parts.push(self.addresses(owned));
        }
        if self.chance.once_in(6) {
            parts.push(self.functions(false));
        }
        self.shuffle(&mut parts);
        self.with_clutter(parts)
    }

    fn addresses(&mut self, owned: bool) -> Node {
        let street = if owned { self.secrets.name(self.chance) } else { "Dorpsstraat".to_owned() };
        self.has_addresses |= owned;
        let street = Node::text("Naam", street);
        let address = Node::parts("Adres", vec![Node::parts("Straat", vec![street])]);
        let name = self.chance.pick(&["Adressen", "Bijhuis"]);
        let says = if owned { Says::Alone } else { Says::Nothing };
        Node::parts(name, self.wrapped(vec![address])).saying(says)
    }

    fn functions(&mut self, numbers: bool) -> Node {
        let count = 1 + self.chance.below(2);
        let all = (0..count).map(|_| self.function(numbers)).collect();
        let all = self.wrapped(all);
        Node::parts("Functies", all).saying(Says::Too)
    }

    fn function(&mut self, numbers: bool) -> Node {
        let mut parts = vec![Node::text("FunctiehouderVan", "0999999943")];
        if numbers {
            parts.push(Node::text("INSZ", self.secrets.insz(self.chance)).saying(Says::Alone));
        } else {
            let persons = 1 + usize::from(self.chance.once_in(5));
            parts.extend((0..persons).map(|_| self.person()));
        }
        self.shuffle(&mut parts);
        let parts = self.with_clutter(parts);
        Node::parts("Functie", self.wrapped(parts)).saying(Says::Too)
    }

    fn person(&mut self) -> Node {
        let mut parts = vec![
            Node::text("INSZ", self.secrets.insz(self.chance)),
            Node::text("VoorNaam", self.secrets.name(self.chance)),
            Node::text("AchterNaam", self.secrets.name(self.chance)),
        ];
        if self.chance.once_in(3) {
            parts.push(Node::text("VoorNaam", self.secrets.name(self.chance)));
        }
        self.shuffle(&mut parts);
        let parts = parts.into_iter().map(|part| part.saying(Says::Too)).collect();
        Node::parts("Persoon", parts).saying(Says::Too)
    }

    /// The same in elements that are new, sometimes in very many.
    fn wrapped(&mut self, mut parts: Vec<Node>) -> Vec<Node> {
        if self.chance.once_in(5) {
            let depth =
                if self.chance.once_in(12) { self.chance.below(80) } else { 1 + self.chance.below(3) };
            for _ in 0..depth {
                parts = vec![Node::parts(self.chance.pick(&["Lijst", "Inhouden", "Functi", "x"]), parts)];
            }
        }
        parts
    }

    fn with_clutter(&mut self, mut parts: Vec<Node>) -> Vec<Node> {
        for _ in 0..self.chance.below(3) {
            let clutter = match self.chance.below(4) {
                0 => Node::text("Omschrijving", "zaakvoerder \u{eb}\u{20ac}"),
                1 => Node::text("DatumBegin", "2019-04-01"),
                2 => Node::parts("Personen", vec![Node::text("Naam", "Dorp")]),
                _ => Node::text("Leeg", ""),
            };
            parts.insert(self.chance.below(parts.len() + 1), clutter);
        }
        parts
    }

    fn shuffle(&mut self, parts: &mut [Node]) {
        for at in (1..parts.len()).rev() {
            parts.swap(at, self.chance.below(at + 1));
        }
    }
}
