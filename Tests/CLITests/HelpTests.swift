import Foundation
import Testing

@Suite("Help")
struct HelpTests {
    private static let common = ["--json", "--quiet", "--seed", "--threads", "--device", "--precision"]
    private static let report = ["--json", "--quiet"]
    private static let settings = ["--config", "--set", "--print-config"]
    private static let resumable = ["--out", "--resume", "--force"]
    private static let sampling = ["--steps", "--ensemble", "--sampler", "--settled", "--threshold"]
    private static let model = ["--backbone", "--weights", "--checkpoint", "--fused"] + sampling
    private static let auxiliary = [
        "--auxiliary", "--control", "--auxiliary-generator", "--controlnet", "--vocabulary", "--text-encoders",
        "--prediction", "--hed", "--auxiliary-sam", "--auxiliary-released", "--auxiliary-set", "--auxiliary-cache",
        "--auxiliary-dry-run",
    ]
    private static let supports = [
        "--support", "--mask", "--mask-value", "--box", "--scribble", "--point", "--annotation", "--class",
        "--no-mask", "--sam",
    ]
    private static let finding = [
        "--absent-below", "--first-look", "--overlap", "--tiles", "--resolution", "--separate", "--min-area", "--crops",
        "--video", "--video-presence",
    ]
    private static let dataset = ["--dataset", "--lists", "--labels", "--dataset-option", "--images-per-class"]

    static let pages: [(command: [String], options: [String])] = [
        (
            ["predict"],
            [
                "--query", "--recursive", "--out", "--force",
                "--resume", "--explain", "--figures", "--export", "--export-tolerance", "--concept", "--word", "--words",
            ] + supports + finding + model + common
        ),
        (["concept", "create"], ["--name", "--notes", "--force"] + supports + common),
        (["concept", "add"], ["--name", "--notes"] + supports + common),
        (["concept", "show"], ["--pictures"] + report),
        (["concept", "remove"], report),
        (
            ["train", "decoder"],
            [
                "--fold", "--backbone", "--weights", "--further-backbones", "--preset", "--config", "--set", "--print-config",
                "--evaluation-episodes",
                "--out",
                "--resume", "--features", "--force",
            ]
                + auxiliary + dataset + common
        ),
        (
            ["train", "backbone"],
            [
                "--fold", "--network", "--steps", "--batch-size", "--shards", "--learning-rate", "--image-size",
                "--checkpoint-interval",
                "--out", "--resume", "--force",
            ] + dataset + common
        ),
        (["train", "words"], ["--fold", "--backbone", "--weights"] + settings + resumable + common),
        (["train", "miniature"], ["--stage", "--base", "--fold"] + settings + resumable + common),
        (
            ["train", "learner"],
            [
                "--architecture", "--fold", "--backbone", "--weights", "--evaluation-episodes", "--features",
            ] + settings + resumable + dataset + common
        ),
        (
            ["evaluate"],
            [
                "--fold", "--classes", "--held-out", "--backbone", "--checkpoint", "--learner", "--baselines", "--shots",
                "--episodes", "--protocol", "--repeats", "--supports", "--ways", "--iou-space", "--absent-share",
                "--fit-presence", "--fused", "--annotation", "--words",
                "--annotation-seed",
                "--image-size", "--pictures", "--figures", "--out",
                "--force", "--resume",
            ] + sampling + auxiliary + dataset + common
        ),
        (["compare"], ["--resamples"] + report),
        (
            ["generate"],
            [
                "--prompts", "--model", "--lora", "--vocabulary", "--text-encoders", "--prediction", "--negative", "--images",
                "--size", "--steps", "--guidance",
                "--scheduler", "--eta", "--image", "--strength", "--tile", "--memory", "--previews", "--controlnet", "--control",
                "--control-strength", "--control-span", "--guess", "--dry-run",
            ] + resumable + common
        ),
        (
            ["gfss", "info"],
            [
                "--convention", "--lists", "--fold", "--shots", "--seed", "--min-support-pixels", "--images-per-class",
                "--dataset-option",
            ] + report
        ),
        (
            ["gfss", "score"],
            [
                "--convention", "--fold", "--seeds", "--shots", "--predictions", "--class-order", "--supports", "--iou-space",
                "--part", "--min-support-pixels", "--out", "--force",
            ] + dataset + report
        ),
        (
            ["gfss", "train", "base"],
            ["--convention", "--min-support-pixels", "--fold", "--backbone", "--weights"] + settings + resumable + dataset
                + common
        ),
        (
            ["gfss", "train", "novel"],
            [
                "--convention", "--min-support-pixels", "--fold", "--base", "--shots", "--support-seed", "--supports",
                "--synthetic",
            ] + settings
                + resumable + dataset + common
        ),
        (
            ["gfss", "evaluate"],
            [
                "--convention", "--min-support-pixels", "--fold", "--seeds", "--shots", "--model", "--supports", "--iou-space",
                "--part", "--out", "--force",
            ] + dataset + common
        ),
        (["gfss", "merge"], ["--out", "--force"] + report),
        (
            ["reproduce", "diffss"],
            [
                "--quick", "--fold", "--seeds", "--backbone", "--checkpoint", "--learner", "--model", "--auxiliary-generator",
                "--controlnet",
                "--vocabulary", "--text-encoders", "--prediction", "--hed",
            ] + settings + resumable + dataset + common
        ),
        (
            ["synth", "images"],
            [
                "--images", "--generator", "--vocabulary", "--text-encoders", "--prediction", "--server", "--form", "--key",
                "--photos", "--force",
            ] + settings + report
        ),
        (["weights", "inspect"], ["--backbone", "--tensors", "--digest"] + report),
        (["weights", "download"], ["--from"] + report),
        (["weights", "list"], report),
        (["weights", "convert"], ["--precision", "--force"] + report),
        (
            ["data", "build"],
            [
                "--fold", "--images-per-class", "--image-size", "--drawing-seed", "--voc", "--sbd", "--lists", "--photos",
                "--train-set", "--coco", "--year", "--folds", "--min-images", "--overlap", "--crowds", "--polygons",
                "--min-annotation-area", "--novel", "--min-pixels", "--out", "--force", "--resume",
            ] + report
        ),
        (["data", "check"], ["--lists", "--labels", "--dataset-option"] + report),
        (
            ["data", "info"],
            ["--lists", "--dataset-option", "--classes", "--sheet", "--weak-labels", "--annotation-seed", "--examples"] + report
        ),
        (["demo"], ["--episodes", "--out", "--force"] + model + common),
        (["serve"], ["--port", "--host", "--open"] + model + common),
        (["bench"], ["--backbone", "--checkpoint", "--image-size", "--runs"] + sampling + common),
    ]

    @Test("Every page names every option and shows an example", arguments: pages.indices)
    func page(_ index: Int) throws {
        let (command, options) = Self.pages[index]
        let result = try CommandLineTool.run(command + ["--help"])
        #expect(result.code == 0)
        for option in options { #expect(result.output.contains(option), "\(command) lacks \(option)") }
        #expect(result.output.contains("Example"), "\(command) has no example")
        #expect(result.output.contains("fss \(command[0])"))
        #expect(result.errors.isEmpty)
    }

    @Test("Every option of a page is known to this table", arguments: pages.indices)
    func complete(_ index: Int) throws {
        let (command, options) = Self.pages[index]
        let help = try CommandLineTool.run(command + ["--help"]).output
        let usage = help.components(separatedBy: "OPTIONS:").last ?? ""
        let named = usage.matches(of: #/(?m)^  (?:-\w, )?(--[a-z-]+)/#).map { String($0.1) }
        let unknown = Set(named).subtracting(options + ["--help", "--version"])
        #expect(unknown.isEmpty, "\(command) has new options \(unknown.sorted())")
        #expect(named.count > 1)
    }

    @Test("The root page lists the commands")
    func root() throws {
        let result = try CommandLineTool.run(["--help"])
        #expect(result.code == 0)
        for command in ["demo", "predict", "serve", "train", "evaluate", "data", "weights", "bench"] {
            #expect(result.output.contains("\n  \(command) "), "\(command)")
        }
    }

    @Test("Completion scripts are made", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) throws {
        let result = try CommandLineTool.run(["--generate-completion-script", shell])
        #expect(result.code == 0)
        #expect(result.output.contains("evaluate"))
    }

    @Test("The version is the library's")
    func version() throws {
        let result = try CommandLineTool.run(["--version"])
        #expect(result.code == 0)
        #expect(result.output.contains(/^\d+\.\d+\.\d+\s*$/))
    }
}
