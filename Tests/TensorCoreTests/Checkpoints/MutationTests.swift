import Foundation
import TensorCore
import Testing

/// Damaged files are refused or read, and never end the process.
@Suite struct MutationTests {
    private static let seeds: [UInt64] = [1, 2, 3, 4]

    private func original() throws -> Data { try Data(contentsOf: GoldenState.url("checkpoints")) }

    /// Reads `data`; true where it was accepted. What is accepted must hold together.
    private func isAccepted(_ data: Data) -> Bool {
        do throws(CheckpointError) {
            let state = try Safetensors.parse(data, source: "mutated")
            for name in state.names {
                let tensor = state[name]
                #expect(tensor?.withHostBytes { $0.count } == tensor.map { $0.count * $0.dtype.byteCount })
            }
            return true
        } catch {
            #expect(error.description.hasPrefix("mutated is not a valid safetensors file"))
            return false
        }
    }

    @Test(arguments: seeds)
    func flippedBits(seed: UInt64) throws {
        var random = TorchRandom(seed: seed)
        let file = try original()
        var accepted = 0
        for _ in 0..<200 {
            var mutated = file
            for _ in 0...random.integer(below: 3) {
                mutated[random.integer(below: file.count)] ^= 1 << UInt8(random.integer(below: 8))
            }
            if isAccepted(mutated) { accepted += 1 }
        }
        #expect((1..<150).contains(accepted), "\(accepted) of 200")
    }

    @Test(arguments: seeds)
    func replacedBytesOfTheHeader(seed: UInt64) throws {
        var random = TorchRandom(seed: seed)
        let file = try original()
        let alphabet = Array("{}[]\",:0123456789-eE.\\u ".utf8)
        var refused = 0
        for _ in 0..<100 {
            var mutated = file
            for _ in 0...random.integer(below: 4) {
                mutated[8 + random.integer(below: 600)] = alphabet[random.integer(below: alphabet.count)]
            }
            if !isAccepted(mutated) { refused += 1 }
        }
        #expect(refused > 50)
    }

    @Test(arguments: seeds)
    func truncationsAndInsertions(seed: UInt64) throws {
        var random = TorchRandom(seed: seed)
        let file = try original()
        for _ in 0..<50 {
            #expect(!isAccepted(file.prefix(random.integer(below: file.count))))
            var longer = file
            longer.insert(UInt8(random.integer(below: 256)), at: 8 + random.integer(below: file.count - 7))
            #expect(!isAccepted(longer))
        }
    }

    @Test func theOriginalIsAccepted() throws { #expect(isAccepted(try original())) }
}
