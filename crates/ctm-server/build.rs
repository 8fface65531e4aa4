//! Rebuilds the binary when the page that it embeds was built anew.

fn main() {
    println!("cargo::rerun-if-changed=../../web/build");
}
