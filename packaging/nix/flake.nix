{
  description = "{{summary}}";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      archives = {
        aarch64-darwin = {
          url = "{{url.aarch64-apple-darwin}}";
          sha256 = "{{sha256.aarch64-apple-darwin}}";
        };
        aarch64-linux = {
          url = "{{url.aarch64-unknown-linux-gnu}}";
          sha256 = "{{sha256.aarch64-unknown-linux-gnu}}";
        };
        x86_64-darwin = {
          url = "{{url.x86_64-apple-darwin}}";
          sha256 = "{{sha256.x86_64-apple-darwin}}";
        };
        x86_64-linux = {
          url = "{{url.x86_64-unknown-linux-gnu}}";
          sha256 = "{{sha256.x86_64-unknown-linux-gnu}}";
        };
      };
      package =
        system: archive:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        pkgs.stdenvNoCC.mkDerivation {
          pname = "claude-token-monitor";
          version = "{{version}}";
          src = pkgs.fetchurl archive;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          dontStrip = true;
          installPhase = ''
            runHook preInstall
            install -Dm755 -t $out/bin ctm ctm-push
            installManPage man/*.1
            for name in ctm ctm-push; do
              installShellCompletion --bash --name "$name" "completions/$name.bash"
              installShellCompletion --fish --name "$name.fish" "completions/$name.fish"
              installShellCompletion --zsh --name "_$name" "completions/$name.zsh"
            done
            install -Dm644 -t $out/share/doc/claude-token-monitor LICENSE-* THIRD-PARTY.txt
            runHook postInstall
          '';
          meta = {
            description = "{{summary}}";
            homepage = "{{homepage}}";
            license = with pkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "ctm";
            platforms = [ system ];
          };
        };
    in
    {
      packages = builtins.mapAttrs (system: archive: { default = package system archive; }) archives;
    };
}
