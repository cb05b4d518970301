import Foundation
import TensorCore
import Testing

/// Files that PyTorch and NumPy wrote hold the tensors that safetensors holds, bit for bit.
@Suite("Checkpoints of other formats")
struct CheckpointFormatTests {
    static func url(_ name: String) throws -> URL {
        try GoldenState.url("checkpoints").deletingLastPathComponent().appendingPathComponent("Checkpoints/\(name)")
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        var file: String
        var format: CheckpointFormat
        var expected: String
        var testDescription: String { file }
    }

    private static let samples = [
        Sample(file: "state.pth", format: .torch, expected: "state"),
        Sample(file: "state-legacy.pth", format: .torchStream, expected: "state"),
        Sample(file: "parallel.pth", format: .torch, expected: "state"),
        Sample(file: "script.pt", format: .torchScript, expected: "script"),
        Sample(file: "arrays.npz", format: .npz, expected: "arrays"),
        Sample(file: "packed.npz", format: .npz, expected: "arrays"),
        Sample(file: "state.safetensors", format: .safetensors, expected: "state"),
    ]

    @Test("Names, shapes, types and every bit are those of the safetensors file", .serialized, arguments: samples, Devices.all)
    func equal(_ sample: Sample, _ device: Device) throws {
        try Devices.using(device) {
            let checkpoint = try Checkpoint(contentsOf: Self.url(sample.file))
            let expected = try Safetensors.load(contentsOf: Self.url(sample.expected + ".safetensors"))
            #expect(checkpoint.format == sample.format && checkpoint.unreadable.isEmpty)
            #expect(checkpoint.state.names == expected.names)
            for name in expected.names {
                let (found, wanted) = (try #require(checkpoint.state[name]), try #require(expected[name]))
                #expect(checkpoint.state.shape(of: name) == wanted.shape && found.shape == wanted.shape, "\(name)")
                #expect(checkpoint.state.dtype(of: name) == wanted.dtype && found.dtype == wanted.dtype, "\(name)")
                #expect(found.withHostBytes { Array($0) } == wanted.withHostBytes { Array($0) }, "\(name)")
            }
        }
    }

    @Test("What stood around the tensors is told")
    func wrapping() throws {
        for file in ["state.pth", "state-legacy.pth"] {
            let checkpoint = try Checkpoint(contentsOf: Self.url(file))
            #expect(checkpoint.wrappers == ["state_dict"] && checkpoint.left == ["optimizer"] && checkpoint.prefix.isEmpty)
        }
        let parallel = try Checkpoint(contentsOf: Self.url("parallel.pth"))
        #expect(parallel.wrappers.isEmpty && parallel.prefix == "module.")
    }

    @Test("Arrays alone are read in rows and in columns")
    func arrays() throws {
        let values = (0..<12).map { Float($0) / 7 }
        for file in ["rows.npy", "columns.npy"] {
            let checkpoint = try Checkpoint(contentsOf: Self.url(file))
            #expect(checkpoint.format == .npy && checkpoint.state.names == ["arr_0"])
            #expect(checkpoint.state["arr_0"]?.shape == [3, 4] && checkpoint.state["arr_0"]?.scalars == values)
        }
    }

    @Test("The digest is that of the file")
    func digest() throws {
        let url = try Self.url("state.pth")
        #expect(try Checkpoint(contentsOf: url).sha256() == SHA256.hex([UInt8](Data(contentsOf: url))))
    }

    @Test("Contiguous storages of an archive are its pages, and outlive its name")
    func pages() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            let file = folder.appendingPathComponent("w.pth")
            try FileManager.default.copyItem(at: Self.url("state.pth"), to: file)
            let state = try Checkpoint(contentsOf: file).state
            let (first, again) = (try #require(state["layer.weight"]), try #require(state["layer.weight"]))
            #expect(first.buffer.address == again.buffer.address)
            // Storages lie on multiples of 64 bytes in the file, and the file on a page.
            #expect(UInt(bitPattern: first.buffer.address) % 64 == 0)
            let rows = try #require(state["layer.rows"])
            #expect(first.buffer.address + 2 * 4 * 4 == rows.buffer.address)
            try FileManager.default.removeItem(at: file)
            #expect(first.scalars.count == 24)
        }
    }

    @Test("A file that is cut anywhere is refused with its name, whatever the format")
    func cut() throws {
        try AtomicSaveTests.withFolder { (folder: URL) throws -> Void in
            for sample in Self.samples {
                let whole = try Data(contentsOf: Self.url(sample.file))
                let file = folder.appendingPathComponent(sample.file)
                for part in 1...40 {
                    try whole.prefix(whole.count * part / 41).write(to: file)
                    let error = #expect(throws: CheckpointError.self, "\(sample.file), \(part)") {
                        let state = try Checkpoint(contentsOf: file).state
                        for name in state.names { _ = try state.tensor(name) }
                    }
                    #expect(error?.description.hasPrefix(file.path) == true)
                }
            }
        }
    }

    @Test("safetensors alone are native: the way from the others is told")
    func native() throws {
        let error = #expect(throws: CheckpointError.self) { try Safetensors.load(contentsOf: Self.url("state.pth")) }
        #expect(error?.description.contains("is a PyTorch file, no safetensors file; `fss weights convert`") == true)
    }
}
