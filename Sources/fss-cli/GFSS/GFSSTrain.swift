internal import ArgumentParser

/// `fss gfss train`.
struct GFSSTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn base classes from many images, then novel ones from supports and synthetic images.",
        discussion: """
            Examples:
              fss gfss train base --dataset shapes5i --convention capl \\
                  --backbone net.safetensors --out runs/base0
              fss gfss train novel --dataset shapes5i --convention capl \\
                  --base runs/base0/model.safetensors --shots 1 --support-seed 123
            """,
        subcommands: [GFSSTrainBase.self, GFSSTrainNovel.self])
}
