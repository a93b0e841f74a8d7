//! The words of the legal guide, and their spelling in files, on the command line and in JSON.

use std::fmt;

macro_rules! terms {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
        }

        impl $name {
            /// Every one with its spelling.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($text, Self::$case)),+];

            /// Its spelling.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$case => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

terms! {
    /// Whose data is asked for: the guide's sections 1a to 2d.
    Category {
        /// 1a: Rijksregister.
        NationalRegister = "national-register",
        /// 1b: FOD Financiën, AAPD.
        Cadastre = "cadastre",
        /// 1c: KSZ or its network, without the BIS register.
        FederalSocial = "federal-social",
        /// 1d: physical or mental health of a natural person, federal.
        FederalHealth = "federal-health",
        /// 1e: FOD FIN, FAVV, DIV and others.
        FederalOther = "federal-other",
        /// 1f: BIS register.
        BisRegister = "bis-register",
        /// 1g: the company register and its Flemish enrichment.
        KboVkbo = "kbo-vkbo",
        /// 2a: social data of a Flemish entity of the extended network.
        FlemishSocial = "flemish-social",
        /// 2b: social data of Flemish OCMWs.
        OcmwSocial = "ocmw-social",
        /// 2c: Flemish health data.
        FlemishHealth = "flemish-health",
        /// 2d: other Flemish personal data.
        FlemishOther = "flemish-other",
    }
}

terms! {
    /// Who asks (guide, section 0).
    ConsumerKind {
        /// Vlaamse instantie.
        FlemishAgency = "flemish-agency",
        /// Provinciaal of lokaal bestuur; an OCMW is one.
        ProvincialOrLocal = "provincial-or-local",
        /// Federale instantie.
        FederalAgency = "federal-agency",
    }
}

terms! {
    /// Place in the social-security network (KSZ, "structuur van het netwerk").
    Network {
        /// Outside it.
        None = "none",
        /// In the primary network.
        Primary = "primary",
        /// An institution of social security outside the primary network; every OCMW.
        Secondary = "secondary",
        /// A Flemish entity of the extended network.
        Extended = "extended",
    }
}

terms! {
    /// How the data comes from its source (guide, sections 2a and 2c).
    Mediation {
        /// Directly from the source.
        Direct = "direct",
        /// Through the service integrator KSZ.
        Ksz = "ksz",
        /// Through the eHealth platform.
        Ehealth = "ehealth",
    }
}

terms! {
    /// Who issued an authorization for the National Register (guide, 1a and 1f).
    Issuer {
        /// FOD Binnenlandse Zaken.
        FodBiza = "fod-biza",
        /// The former Sectoral Committee National Register.
        SectoralCommittee = "sectoral-committee",
    }
}

terms! {
    /// What makes a call lawful (guide, section 1).
    InstrumentKind {
        /// Toetreding tot een algemene machtiging.
        Accession = "accession",
        /// Machtiging van FOD Binnenlandse Zaken.
        MinisterialAuthorization = "ministerial-authorization",
        /// Beraadslaging of the Informatieveiligheidscomité.
        Deliberation = "deliberation",
        /// Protocol between source holder and consumer.
        Protocol = "protocol",
        /// Bekrachtigd protocol, concluded before 2019-04-01.
        RatifiedProtocol = "ratified-protocol",
        /// Rechtsgrond: law, decree or decision, article.
        StatutoryBasis = "statutory-basis",
        /// VKBO-disclaimer, accepted.
        Disclaimer = "disclaimer",
    }
}

terms! {
    /// Chamber of the Informatieveiligheidscomité that deliberated.
    Chamber {
        /// Federale overheid.
        FederalGovernment = "federal-government",
        /// Sociale zekerheid en gezondheid.
        SocialSecurityHealth = "social-security-health",
        /// Verenigde kamers.
        United = "united",
    }
}
