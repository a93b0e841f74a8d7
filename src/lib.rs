//! Poortwachter
