use super::layout::tests::small;
use super::*;
use std::collections::BTreeMap;

#[test]
fn the_same_content_is_the_same_packages_with_the_same_checksums() {
    for platform in &platform::PLATFORMS {
        let sums = [(); 2].map(|()| {
            let (place, layout) = small(platform.target);
            let out = place.path().join("out");
            fs::create_dir(&out).unwrap();
            checksums(&write(packages(&layout).unwrap(), &out).unwrap()).unwrap()
        });
        assert_eq!(sums[0], sums[1]);
    }
}

#[test]
fn each_platform_has_the_packages_of_its_system() {
    let check = |target: &str, expected: &[&str]| {
        let (_place, layout) = small(target);
        let names: Vec<_> = packages(&layout).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected);
    };
    check(
        "x86_64-unknown-linux-gnu",
        &[
            "ctm-1.2.3-rc.1-x86_64-unknown-linux-gnu.tar.gz",
            "ctm_claude-1.2.3rc1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl",
            "claude-token-monitor-linux-x64-1.2.3-rc.1.tgz",
            "claude-token-monitor_1.2.3-rc.1_amd64.deb",
            "claude-token-monitor-1.2.3-rc.1-1.x86_64.rpm",
        ],
    );
    check(
        "aarch64-apple-darwin",
        &[
            "ctm-1.2.3-rc.1-aarch64-apple-darwin.tar.gz",
            "ctm_claude-1.2.3rc1-py3-none-macosx_11_0_arm64.whl",
            "claude-token-monitor-darwin-arm64-1.2.3-rc.1.tgz",
        ],
    );
    check(
        "x86_64-pc-windows-msvc",
        &[
            "ctm-1.2.3-rc.1-x86_64-pc-windows-msvc.zip",
            "ctm_claude-1.2.3rc1-py3-none-win_amd64.whl",
            "claude-token-monitor-win32-x64-1.2.3-rc.1.tgz",
        ],
    );
    assert!(Platform::of("mips-unknown-none").is_err());
}

#[test]
fn programs_can_be_executed_in_archives() {
    let modes = |package: &(String, Vec<u8>)| {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*package.1));
        let entries = archive.entries().unwrap().map(Result::unwrap);
        let entries = entries
            .map(|entry| (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap()));
        entries.collect::<BTreeMap<_, _>>()
    };
    let (_place, layout) = small("x86_64-unknown-linux-gnu");
    let archived = modes(&archive(&layout).unwrap());
    let folder = "ctm-1.2.3-rc.1-x86_64-unknown-linux-gnu";
    assert_eq!(archived[&format!("{folder}/ctm-push")], 0o755);
    assert_eq!(archived[&format!("{folder}/services/ctm.service")], 0o644);
    let of_npm = modes(&npm::package(&layout).unwrap());
    assert_eq!((of_npm["package/bin/ctm"], of_npm["package/LICENSE-MIT"]), (0o755, 0o644));
}

#[test]
fn packages_of_distributions_have_manual_and_completions_of_both_programs() {
    let (_place, layout) = small("x86_64-unknown-linux-gnu");
    let files = linux::files(&layout, "zsh").unwrap();
    let has = |path: String| assert!(files.iter().any(|file| file.path == path), "{path}");
    for name in PROGRAMS {
        has(format!("usr/share/man/man1/{name}.1.gz"));
        has(format!("usr/share/bash-completion/completions/{name}"));
        has(format!("usr/share/fish/vendor_completions.d/{name}.fish"));
        has(format!("zsh/_{name}"));
    }
    for manifest in [
        include_str!("../../../packaging/aur/PKGBUILD"),
        include_str!("../../../packaging/homebrew/ctm.rb"),
        include_str!("../../../packaging/nix/flake.nix"),
    ] {
        assert!(manifest.contains("ctm-push") && manifest.contains("man/*.1"));
        let of_each = |shell| [format!("{{name}}.{shell}"), format!("$name.{shell}")];
        for shell in ["bash", "fish", "zsh"] {
            assert!(of_each(shell).iter().any(|text| manifest.contains(text)), "{shell}: {manifest}");
        }
    }
}

#[test]
fn the_service_of_a_package_starts_the_program_of_the_package() {
    let (place, layout) = small("x86_64-unknown-linux-gnu");
    let source = include_str!("../../../packaging/services/ctm.service");
    fs::write(place.path().join("services/ctm.service"), source).unwrap();
    let files = linux::files(&layout, "zsh").unwrap();
    let service = files.iter().find(|file| file.path == "usr/lib/systemd/user/ctm.service").unwrap();
    let service = str::from_utf8(&service.bytes).unwrap();
    assert!(source.contains("\nExecStart=%h/.local/bin/ctm serve\n"));
    assert!(service.contains("\nExecStart=/usr/bin/ctm serve\n"), "{service}");
    assert!(include_str!("../../../packaging/aur/PKGBUILD").contains("s:%h/.local/bin/:/usr/bin/:"));
}

#[test]
fn packages_of_a_release_have_no_version_of_another() {
    let (place, layout) = small("x86_64-unknown-linux-gnu");
    for platform in &platform::PLATFORMS {
        fs::write(place.path().join(platform.archive("1.2.3-rc.1")), platform.target).unwrap();
    }
    manifests::write(&Repository::here(), place.path(), &layout.release).unwrap();
    let read = |path: &str| fs::read_to_string(place.path().join("manifests").join(path)).unwrap();
    let mac = hex::encode(Sha256::digest("aarch64-apple-darwin"));
    let address = "https://github.com/owner/ctm/releases/download/v1.2.3-rc.1/ctm-1.2.3-rc.1-";
    for path in ["homebrew/ctm.rb", "nix/flake.nix"] {
        assert!(read(path).contains(&format!("\"{address}aarch64-apple-darwin.tar.gz\"")), "{path}");
        assert!(read(path).contains(&format!("\"{mac}\"")), "{path}");
    }
    let scoop: serde_json::Value = serde_json::from_str(&read("scoop/ctm.json")).unwrap();
    assert_eq!(scoop["architecture"]["64bit"]["url"], format!("{address}x86_64-pc-windows-msvc.zip"));
    assert!(read("aur/PKGBUILD").contains("pkgver=1.2.3_rc.1\n"));
    assert!(read("winget/owner.ClaudeTokenMonitor.installer.yaml").contains("InstallerSha256: "));
}

#[test]
fn a_missing_archive_is_named() {
    let (place, layout) = small("x86_64-unknown-linux-gnu");
    let error = manifests::write(&Repository::here(), place.path(), &layout.release).unwrap_err();
    assert_eq!(error.to_string(), "the archive for aarch64-apple-darwin is missing");
}

#[test]
fn the_main_package_of_npm_has_one_for_each_platform() {
    let template: serde_json::Value =
        serde_json::from_str(include_str!("../../../packaging/npm/package.json")).unwrap();
    let named: Vec<_> = template["optionalDependencies"].as_object().unwrap().keys().collect();
    let platforms =
        platform::PLATFORMS.map(|platform| format!("{{{{name}}}}-{}-{}", platform.npm.0, platform.npm.1));
    let platforms: std::collections::BTreeSet<_> = platforms.iter().collect();
    assert_eq!(named, platforms.into_iter().collect::<Vec<_>>());
}
