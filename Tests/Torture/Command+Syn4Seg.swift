/// The commands of Syn4Seg: the trainings, the stages that share a folder, and the refinement of labels.
extension Command {
    private static let data = [
        "--dataset", "shapes5i", "--images-per-class", "2", "--convention", "capl", "--min-support-pixels", "256",
    ]
    private static let quiet = ["--threads", "1", "--quiet"]

    private static func settings(_ pairs: [String]) -> [String] { pairs.flatMap { ["--set", $0] } }

    private static func base(steps: Int) -> [String] {
        let numbers = [
            "head.width=8", "head.auxiliaryWeight=0", "training.augmentation.side=64", "training.batchSize=2",
            "checkpointInterval=3", "training.steps=\(steps)",
        ]
        return ["gfss", "train", "base", "--backbone", "net.safetensors"] + data + settings(numbers) + quiet
    }

    private static func novel(steps: Int) -> [String] {
        let numbers = ["training.batchSize=2", "checkpointInterval=3", "training.steps=\(steps)"]
        return ["gfss", "train", "novel", "--base", "base0/model.safetensors"] + data + settings(numbers) + quiet
    }

    private static let prompts =
        ["synth", "prompts", folder, "--quiet"] + data + settings(["bank.count=3", "heldOut=8"])
    private static let images = ["synth", "images", folder, "--quiet"] + settings(["shapes.size=64"])
    private static let masks = ["synth", "masks", folder, "--model", "novel0/model.safetensors"] + quiet
    private static let set = ["synth", "set", folder, "--quiet"]
    private static let networks = [base(steps: 3) + ["--out", "base0"], novel(steps: 3) + ["--out", "novel0"]]

    /// Photos and labels in a folder of their own, for the refinement.
    private static let labelled = [prompts, images, masks, set].map { named($0, "labelled") }

    /// All of them.
    static func syn4Seg(steps: Int) -> [Command] {
        let refine = ["refine", "--photos", "labelled/sets/refined/images", "--labels", "labelled/masks/filtered"] + quiet
        return [
            Command(name: "gfss train base", begin: base(steps: steps), resume: ["gfss", "train", "base", "--quiet"]),
            Command(
                name: "gfss train novel", begin: novel(steps: steps), resume: ["gfss", "train", "novel", "--quiet"],
                earlier: Array(networks.prefix(1))),
            Command(name: "synth prompts", begin: prompts, grows: ["prompts"]),
            Command(name: "synth images", begin: images, grows: ["cache"], earlier: [prompts]),
            Command(name: "synth masks", begin: masks, grows: ["masks/refined"], earlier: networks + [prompts, images]),
            Command(name: "synth set", begin: set, grows: ["sets"], earlier: networks + [prompts, images, masks]),
            Command(name: "refine", begin: refine, resume: refine, grows: ["labels"], earlier: networks + labelled),
        ]
    }
}
