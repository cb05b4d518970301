internal import ArgumentParser

/// `fss train`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a decoder on base classes, or a small backbone.",
        discussion: """
            Without a subcommand a decoder is trained:
              fss train --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --out runs/shapes0
            """,
        subcommands: [TrainDecoder.self, TrainBackbone.self], defaultSubcommand: TrainDecoder.self)
}
