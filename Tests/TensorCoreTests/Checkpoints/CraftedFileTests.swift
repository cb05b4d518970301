import Foundation
import TensorCore
import Testing

/// Crafted files: those that the format's own parser refuses are refused with a message that names the key, and so are the
/// duplicate keys and leading spaces that it lets through.
@Suite struct CraftedFileTests {
    @Test(arguments: CraftedFile.layouts)
    func layout(file: CraftedFile) { check(file) }

    @Test(arguments: CraftedFile.entries)
    func entry(file: CraftedFile) { check(file) }

    @Test(arguments: CraftedFile.headers)
    func header(file: CraftedFile) { check(file) }

    private func check(_ file: CraftedFile) {
        switch (
            Result { () throws(CheckpointError) in try Safetensors.parse(file.bytes, source: "crafted.safetensors") },
            file.outcome
        ) {
        case (.success(let state), .accepted(let shapes)):
            #expect(Dictionary(uniqueKeysWithValues: state.names.map { ($0, Array(state[$0]?.shape ?? [])) }) == shapes)
        case (.failure(let error), .refused(let key, let text)):
            guard case .malformed(let source, let found, _) = error else {
                Issue.record("\(file): \(error)")
                return
            }
            #expect(source == "crafted.safetensors")
            #expect(found == key)
            #expect(error.description.contains(text), "\(error)")
            #expect(error.description.hasPrefix("crafted.safetensors is not a valid safetensors file"))
            if let key { #expect(error.description.contains("key \"\(key)\"")) }
        case (.failure(let error), .named(let text)):
            if case .malformed = error { Issue.record("\(file) is called invalid: \(error)") }
            #expect(error.description.hasPrefix("crafted.safetensors ") && error.description.contains(text), "\(error)")
        case (.success(let state), .refused), (.success(let state), .named):
            Issue.record("\(file) was accepted: \(state.names)")
        case (.failure(let error), .accepted):
            Issue.record("\(file) was refused: \(error)")
        }
    }

    @Test func deepNestingFitsASmallStack() async {
        await #expect(processExitsWith: .success) {
            let refused = await onSmallStack {
                CraftedFile.headers.allSatisfy { file in
                    if case .accepted = file.outcome { return true }
                    return (try? Safetensors.parse(file.bytes, source: "")) == nil
                }
            }
            #expect(refused)
        }
    }

    @Test func slicesOfLargerDataAreRead() throws {
        let valid = CraftedFile.layouts[0].bytes
        let padded = Data([1, 2, 3]) + valid
        let state = try Safetensors.parse(padded.dropFirst(3), source: "slice")
        #expect(state.names == ["a"])
    }

    @Test func unalignedTensorsKeepTheirValues() throws {
        let header = "{" + CraftedFile.entry("c", "U8", "1", 0, 1) + "," + CraftedFile.entry("a", "F32", "2", 1, 9) + "}"
        var bytes = Data(CraftedFile.encoded(UInt64(header.utf8.count)) + Array(header.utf8) + [7])
        for value in [Float(1.5), -2] { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        let state = try Safetensors.parse(bytes, source: "unaligned")
        #expect(state["a"]?.scalars == [1.5, -2])
        #expect(state["c"]?.integers == [7])
    }
}
