import Foundation
import Testing

/// What users get wrong: one clear line, the right exit code, nothing on standard output, nothing left behind.
@Suite("Bad input")
struct BadInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// `$` stands for the fixture's folder.
        var arguments: String
        var code: Int32
        /// All of them stand in the message.
        var fragments: [String]

        var testDescription: String { name }
    }

    private static let model = "--backbone $/net.safetensors --checkpoint $/model.safetensors --out $/out"
    private static let good = "--support $/photo.jpg --mask $/mask.png --query $/query.png"

    static let cases: [Case] = [
        Case(
            name: "missing support", arguments: "predict --support $/no.jpg --mask $/mask.png --query $/query.png \(model)",
            code: 1,
            fragments: ["no.jpg", "found", "expected"]),
        Case(
            name: "truncated photo", arguments: "predict --support $/cut.jpg --mask $/mask.png --query $/query.png \(model)",
            code: 1,
            fragments: ["cut.jpg", "expected"]),
        Case(
            name: "truncated query", arguments: "predict --support $/photo.jpg --mask $/mask.png --query $/cut.jpg \(model)",
            code: 1,
            fragments: ["cut.jpg", "expected"]),
        Case(
            name: "mask of another size",
            arguments: "predict --support $/photo.jpg --mask $/small.png --query $/query.png \(model)",
            code: 1, fragments: ["small.png", "40x40", "96x80"]),
        Case(
            name: "empty mask", arguments: "predict --support $/photo.jpg --mask $/empty.png --query $/query.png \(model)",
            code: 1,
            fragments: ["empty.png", "no marked pixel"]),
        Case(
            name: "box outside", arguments: "predict --support $/photo.jpg --box 100,10,500,20 --query $/query.png \(model)",
            code: 1,
            fragments: ["box", "500", "96"]),
        Case(
            name: "box in shares of the photo",
            arguments: "predict --support $/photo.jpg --box 0.25,0.25,0.75,0.5 --query $/query.png \(model)", code: 1,
            fragments: ["shares of the photo", "24 20 72 40"]),
        Case(
            name: "several classes",
            arguments: "predict --support $/photo.jpg --annotation $/shapes.json --query $/query.png \(model)",
            code: 1, fragments: ["shapes.json", "thing, other", "--class"]),
        Case(
            name: "an absent class",
            arguments: "predict --support $/photo.jpg --annotation $/shapes.json --class cup --query $/query.png \(model)",
            code: 1,
            fragments: ["no object of class \"cup\"", "thing, other"]),
        Case(
            name: "an archive as annotation",
            arguments: "predict --support $/photo.jpg --mask $/labels.zip --query $/query.png \(model)", code: 1,
            fragments: ["labels.zip", "a zip archive", "unpack"]),
        Case(
            name: "missing query", arguments: "predict --support $/photo.jpg --mask $/mask.png --query $/none \(model)", code: 1,
            fragments: ["none", "expected a photo or a folder"]),
        Case(
            name: "support without annotation",
            arguments: "predict --support $/photo.jpg $/query.png --mask $/mask.png --query $/query.png \(model)", code: 64,
            fragments: ["2 supports", "1 annotations"]),
        Case(
            name: "missing weights",
            arguments: "predict \(good) --backbone $/gone.safetensors --checkpoint $/model.safetensors --out $/out", code: 1,
            fragments: ["gone.safetensors", "no such file"]),
        Case(
            name: "weights of another network",
            arguments:
                "predict \(good) --backbone resnet18-torchvision=$/net.safetensors --checkpoint $/model.safetensors --out $/out",
            code: 1, fragments: ["net.safetensors", "does not fit", "resnet18-torchvision"]),
        Case(
            name: "a picture as backbone",
            arguments: "predict \(good) --backbone $/mask.png --checkpoint $/model.safetensors --out $/out", code: 1,
            fragments: ["mask.png", "safetensors"]),
        Case(
            name: "unknown backbone",
            arguments: "predict \(good) --backbone nonsense=$/net.safetensors --checkpoint $/model.safetensors --out $/out",
            code: 1,
            fragments: ["nonsense", "choose among"]),
        Case(
            name: "wrong checkpoint",
            arguments: "predict \(good) --backbone $/net.safetensors --checkpoint $/net.safetensors --out $/out", code: 1,
            fragments: ["net.safetensors", "not a DiffUp checkpoint"]),
        Case(
            name: "checkpoint that is no safetensors",
            arguments: "predict \(good) --backbone $/net.safetensors --checkpoint $/mask.png --out $/out", code: 1,
            fragments: ["mask.png"]),
        Case(
            name: "folder that is no run",
            arguments: "predict \(good) --backbone $/net.safetensors --checkpoint $/model.safetensors --out $ --force", code: 1,
            fragments: ["other files", "--out"]),
        Case(name: "unknown option", arguments: "weights list --colour red", code: 64, fragments: ["--colour"]),
        Case(name: "unknown command", arguments: "segment", code: 64, fragments: ["segment"]),
        Case(
            name: "too many steps", arguments: "predict \(good) \(model) --steps 100000", code: 64, fragments: ["--steps", "250"]),
        Case(
            name: "unknown device", arguments: "predict \(good) \(model) --device tpu:3", code: 64,
            fragments: ["--device", "tpu:3", "reference"]),
        Case(name: "threshold", arguments: "predict \(good) \(model) --threshold 2", code: 64, fragments: ["--threshold"]),
        Case(
            name: "fold", arguments: "evaluate --fold 7 --backbone $/net.safetensors", code: 64, fragments: ["--fold", "0...3"]),
        Case(
            name: "held-out novel classes", arguments: "evaluate --held-out 2 --backbone $/net.safetensors", code: 64,
            fragments: ["--held-out", "--classes base"]),
        Case(
            name: "one decoder for two folds",
            arguments: "evaluate --fold 0 1 --backbone $/net.safetensors --checkpoint $/model.safetensors", code: 64,
            fragments: ["{fold}"]),
        Case(
            name: "two backbones of one name",
            arguments: "evaluate --backbone $/net.safetensors $/net.safetensors --baselines contrast --out $/out", code: 1,
            fragments: ["tiny", "another name"]),
        Case(
            name: "unknown key",
            arguments: "train --backbone $/net.safetensors --set training.speed=3 --out $/out", code: 1,
            fragments: ["training.speed", "learningRate"]),
        Case(
            name: "value of another type",
            arguments: "train --backbone $/net.safetensors --set training.steps=many --out $/out", code: 1,
            fragments: ["training.steps", "whole number"]),
        Case(
            name: "value out of range",
            arguments: "train --backbone $/net.safetensors --set training.steps=0 --out $/out", code: 1,
            fragments: ["training.steps", "0"]),
        Case(
            name: "resume of nothing", arguments: "train --resume $/nowhere", code: 1, fragments: ["nowhere", "--resume"]),
        Case(name: "no dataset", arguments: "data check $/nowhere", code: 1, fragments: ["nowhere", "JPEGImages"]),
    ]

    @Test("One line, an exit code, nothing left behind", arguments: cases)
    func refused(_ input: Case) throws {
        let fixture = try Fixture()
        let words = input.arguments.replacing("$", with: fixture.folder.url.path).split(separator: " ").map(String.init)
        let before = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path).count
        let result = try fixture.run(words)
        #expect(result.code == input.code, "\(result.errors)")
        #expect(result.output.isEmpty)
        for fragment in input.fragments { #expect(result.errors.contains(fragment), "\(result.errors) lacks \(fragment)") }
        #expect(result.errors.hasPrefix("Error:"), "\(result.errors)")
        #expect(!result.errors.contains("Fatal error"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path).count == before)
    }
}
