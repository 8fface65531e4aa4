class Ctm < Formula
  desc "Exact token usage and cost of Claude Code"
  homepage "{{homepage}}"
  version "{{version}}"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "{{url.aarch64-apple-darwin}}"
      sha256 "{{sha256.aarch64-apple-darwin}}"
    end
    on_intel do
      url "{{url.x86_64-apple-darwin}}"
      sha256 "{{sha256.x86_64-apple-darwin}}"
    end
  end

  on_linux do
    on_arm do
      url "{{url.aarch64-unknown-linux-gnu}}"
      sha256 "{{sha256.aarch64-unknown-linux-gnu}}"
    end
    on_intel do
      url "{{url.x86_64-unknown-linux-gnu}}"
      sha256 "{{sha256.x86_64-unknown-linux-gnu}}"
    end
  end

  def install
    bin.install "ctm", "ctm-push"
    man1.install Dir["man/*.1"]
    ["ctm", "ctm-push"].each do |name|
      bash_completion.install "completions/#{name}.bash" => name
      fish_completion.install "completions/#{name}.fish"
      zsh_completion.install "completions/#{name}.zsh" => "_#{name}"
    end
    doc.install "THIRD-PARTY.txt"
  end

  service do
    run [opt_bin/"ctm", "serve"]
    keep_alive successful_exit: false
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/ctm --version")
  end
end
