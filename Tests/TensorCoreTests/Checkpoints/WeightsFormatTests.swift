import Foundation
import TensorCore
import Testing

/// Files of another kind that are given as weights are named by their first bytes, with the way to go.
@Suite("Weights of another kind")
struct WeightsFormatTests {
    private static func zip(_ names: [String], isCut: Bool = false) -> [UInt8] {
        func number(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var (file, table) = ([UInt8](), [UInt8]())
        for name in names {
            let (bytes, place) = (Array(name.utf8), file.count)
            let sizes = [UInt8](repeating: 0, count: 22)
            file += [0x50, 0x4b, 3, 4] + sizes + number(bytes.count, 2) + number(0, 2) + bytes
            table += [0x50, 0x4b, 1, 2] + [0, 0] + sizes + number(bytes.count, 2) + number(0, 4) + number(0, 8)
            table += number(place, 4) + bytes
        }
        if isCut { return file }
        let count = number(names.count, 2)
        let end = [0x50, 0x4b, 5, 6] + [0, 0, 0, 0] + count + count + number(table.count, 4) + number(file.count, 4)
        return file + table + end + number(0, 2)
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var found: String
        var advice: String
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ found: String, _ advice: String) {
            (self.name, self.bytes, self.found, self.advice) = (name, bytes, found, advice)
        }
    }

    private static let pointer = text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 97781592\n")

    private static let cases: [Case] = [
        Case("w.safetensors", pointer, "a Git LFS pointer", "git lfs pull"),
        Case("w.safetensors.index.json", pointer, "a Git LFS pointer", "git lfs pull"),
        Case("w.safetensors", text("\u{feff}\n <!DOCTYPE html><html><body>Sign in</body></html>"), "a web page", "browser"),
        Case("w.safetensors", text("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), "a web page", "browser"),
        Case("w.safetensors", text("Entry not found"), "a text that begins \"Entry not found\"", "fetch"),
        Case("w.safetensors", [], "an empty file", "fetch"),
        Case("w.pth", zip(["archive/data.pkl", "archive/version"]), "a PyTorch file", "safetensors.torch.save_file"),
        Case("w.pth", zip(["archive/data.pkl", "archive/data/0"], isCut: true), "a PyTorch file", "save_file"),
        Case("w.pt", zip(["m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"]), "a TorchScript program", "torch.jit.load"),
        Case("w.npz", zip(["arr_0.npy"]), "NumPy arrays (npz)", "safetensors.numpy"),
        Case("w.keras", zip(["metadata.json", "model.weights.h5"]), "a Keras model", "safetensors.numpy"),
        Case("w.zip", zip(["readme.txt"]), "a zip archive", "unpack"),
        Case(
            "w.pth", [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e], "before 1.6",
            "torch.load"),
        Case("w.pkl", [0x80, 0x04, 0x95, 0, 0, 0, 0, 0, 0, 0, 0], "a Python pickle", "torch.load"),
        Case("w.h5", [0x89] + text("HDF\r\n\u{1a}\n"), "an HDF5 file", "safetensors.numpy"),
        Case("w.npy", [0x93] + text("NUMPY") + [1, 0], "a NumPy array (npy)", "safetensors.numpy"),
        Case("w.onnx", [0x08, 0x07, 0x12, 0x07] + text("pytorch"), "an ONNX model", "onnx.load"),
        Case("saved_model.pb", [0x08, 0x01, 0x12, 0x80, 0x01, 0x0a], "a TensorFlow", "tf."),
        Case("checkpoint", text("model_checkpoint_path: \"model.ckpt-1\"\n"), "a TensorFlow", "tf."),
        Case("m.ckpt.data-00000-of-00001", [1, 2, 3, 4, 5, 6, 7, 8, 9], "a TensorFlow", "tf."),
        Case("w.gguf", text("GGUF") + [3, 0, 0, 0], "a GGUF file", "gguf"),
        Case("w.tflite", [0x1c, 0, 0, 0] + text("TFL3"), "a TensorFlow Lite model", "made from"),
        Case("w.gz", [0x1f, 0x8b, 8, 0], "a gzip archive", "unpack"),
        Case("w.tar", [UInt8](repeating: 0x61, count: 257) + text("ustar"), "a tar archive", "unpack"),
        Case("config.json", text("{\"architectures\": []}"), "a JSON text", "index"),
        Case("w.png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], "a PNG picture", "weights"),
    ]

    @Test("is named, with the way to go, and never called an invalid safetensors file", arguments: cases)
    func named(_ sample: Case) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(sample.name)
        try Data(sample.bytes).write(to: file)
        let error = try #require(throws: CheckpointError.self) { try Safetensors.load(contentsOf: file) }
        guard case .otherFormat(let path, let format) = error else { throw error }
        #expect(path == file.path && format.name.contains(sample.found), "\(error)")
        #expect(format.advice.contains(sample.advice), "\(error)")
        #expect(error.description.hasPrefix("\(file.path) is \(format.name), no safetensors file; "))
    }

    @Test("What is cut anywhere is recognised or refused, never a crash")
    func cut() {
        for sample in Self.cases {
            for count in 0...sample.bytes.count {
                #expect(throws: CheckpointError.self) {
                    try Safetensors.parse(Data(sample.bytes.prefix(count)), source: sample.name)
                }
            }
        }
    }

    @Test("A safetensors file under any name is read, and one that is cut short is called that")
    func safetensors() throws {
        let bytes = Safetensors.serialize(StateDict(["x": Tensor([Float(1), 2, 3], shape: [3])]))
        for name in ["x.pth", "x.onnx", "x.bin"] { #expect(try Safetensors.parse(bytes, source: name).names == ["x"]) }
        for count in [9, 30, bytes.count - 1] {
            let error = #expect(throws: CheckpointError.self) { try Safetensors.parse(bytes.prefix(count), source: "x") }
            #expect(error?.description.contains("truncated") == true, "\(String(describing: error))")
        }
    }

    @Test("A header of millions of brackets is refused where they stand, in the memory of the text")
    func brackets() {
        let hostile = "{\"a\":{\"x\":[" + String(repeating: "[],", count: 3_000_000) + "[]]}}"
        let flat = CraftedFile("brackets", hostile, .named(""))
        let error = #expect(throws: CheckpointError.self) { try Safetensors.parse(flat.bytes, source: "x") }
        #expect(error?.description.contains("dtype is missing") == true)
        let wrong = CraftedFile("brackets", "{\"a\":[" + String(repeating: "[],", count: 10), .named(""))
        let place = #expect(throws: CheckpointError.self) { try Safetensors.parse(wrong.bytes, source: "x") }
        #expect(place?.description.contains("expected an object") == true)
    }
}
