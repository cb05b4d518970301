internal import ArgumentParser

/// `fss reproduce`.
struct Reproduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Run a paper's ablation and put its claims beside what was found.",
        discussion: """
            Examples:
              fss reproduce syn4seg --quick
              fss reproduce diffup --quick
              fss reproduce diffss --quick
              fss reproduce syn4seg --dataset pascal5i=data/pascal --convention pop \\
                  --fold 0 1 2 3 --backbone resnet50-torchvision=resnet50.pth --photos
            """,
        subcommands: [ReproduceSyn4Seg.self, ReproduceDiffUp.self, ReproduceDifFSS.self])
}
