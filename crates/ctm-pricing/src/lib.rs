//! Dated API list prices of Claude models, exact name resolution and exact cost.
