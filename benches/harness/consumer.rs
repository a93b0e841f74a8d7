//! The consumer that the end-to-end benches call as.

pub(crate) const CONSUMER: &str = r#"
id = "bench"
organisation = "Bench"
kind = "flemish-agency"
network = "none"
[[sender]]
uri = "bench.be/p1"
purpose = "p1"
[disclaimer]
version = "2024-1"
accepted-by = "directie"
accepted-on = 2024-01-01
[[grant]]
id = "g"
services = ["GeefOnderneming/02.00"]
purpose = "p1"
valid-from = 2024-01-01
retention = "P1Y"
"#;
