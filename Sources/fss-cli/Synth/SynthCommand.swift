internal import ArgumentParser
internal import PseudoLabel

/// `fss synth`.
struct SynthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synth",
        abstract: "Make images of novel classes and label them: prompts, images, masks, set.",
        discussion: """
            Four stages share one folder; each is called alone, goes on where it was stopped and leaves report.html with what \
            to look at. The last one's set is learned from by fss gfss train novel --synthetic.

            Examples:
              fss synth prompts synth0 --dataset shapes5i --convention capl --fold 0
              fss synth images synth0
              fss synth masks synth0 --model runs/novel0/model.safetensors
              fss synth set synth0
            """,
        subcommands: [SynthPrompts.self, SynthImages.self, SynthMasks.self, SynthSet.self])
}

/// The folder that the stages share.
struct SynthesisOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The folder that the stages share.", valueName: "folder"))
    var folder: String

    @Flag(help: "Make the stage's results anew where they were made with other settings or files.")
    var force = false
}
