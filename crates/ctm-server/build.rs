//! Rebuilds the binary when the embedded page was rebuilt.

fn main() {
    println!("cargo::rerun-if-changed=../../web/build");
}
