import Foundation
import TensorCore
import Testing

/// What is written is read again, bit by bit, and as Python writes it.
@Suite struct RoundTripTests {
    private func bits(_ tensor: Tensor?) -> [UInt8]? { tensor?.withHostBytes { Array($0) } }

    private func sample(_ dtype: DType, _ shape: Shape) -> Tensor {
        var twister = MersenneTwister(seed: 1)
        let bytes = (0..<(shape.elementCount * dtype.byteCount)).map { _ in
            dtype == .bool ? UInt8(twister.next() & 1) : UInt8(truncatingIfNeeded: twister.next())
        }
        return bytes.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
    }

    @Test(arguments: DType.allCases, [[], [0], [0, 3], [1], [7], [2, 3, 5]])
    func everyTypeAndRank(dtype: DType, extents: [Int]) throws {
        let shape = Shape(extents)
        let tensor = sample(dtype, shape)
        let saved = StateDict(["before": sample(.uint8, [3]), "x": tensor, "zero": Tensor(zeros: [2])])
        let state = try Safetensors.parse(Safetensors.serialize(saved), source: "memory")
        #expect(state.names == ["before", "x", "zero"])
        #expect(state["x"]?.dtype == dtype)
        #expect(state["x"]?.shape == shape)
        #expect(bits(state["x"]) == bits(tensor))
        #expect(state["zero"]?.scalars == [0, 0])
    }

    @Test func namesAndMetadataOfAnyText() throws {
        let names = ["", "a.b", "quote\"", "back\\slash", "line\nfeed\t\u{1}\u{8}\u{c}\r", "größe", "形", "🦊", "/"]
        let tensors = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Tensor(Float($0))) })
        let metadata = Dictionary(uniqueKeysWithValues: names.map { ($0, $0 + "!") })
        let state = try Safetensors.parse(
            Safetensors.serialize(StateDict(tensors, metadata: metadata)), source: "memory")
        #expect(state.names == names.sorted())
        #expect(state.metadata == metadata)
        for (index, name) in names.enumerated() { #expect(state[name]?.scalar == Float(index)) }
    }

    @Test func dataBeginsAtAMultipleOfEight() {
        for length in 1...9 {
            let name = String(repeating: "n", count: length)
            let file = Safetensors.serialize(StateDict([name: Tensor(1)]))
            #expect((file.count - 4) % 8 == 0)
        }
    }

    @Test func pythonsFileIsRead() throws {
        let state = try GoldenState.load("checkpoints")
        #expect(state.metadata == ["format": "pt"])
        #expect(state.count == 10)
        #expect(state["layer.weight"]?.scalars == [1.5, -2, 3e-8, 4, .infinity, -0.0])
        #expect(state["layer.bias"]?.scalars == [0.25, -0.75])
        #expect(state["brain"]?.dtype == .bfloat16)
        #expect(state["brain"]?.scalars.prefix(2) == [1, -3.140625])
        #expect(state["small"]?.integers == [Int64(Int32.min), Int64(Int32.max)])
        #expect(state["large"]?.integers == [.min, .max, 7])
        #expect(state["bytes"]?.bytes == [0, 127, 255])
        #expect(state["flags"]?.dtype == .bool)
        #expect(state["flags"]?.bytes == [1, 0, 1])
        #expect(state["scalar"]?.shape == [])
        #expect(state["scalar"]?.scalar == -7.25)
        #expect(state["empty"]?.shape == [0, 3])
        #expect(state["naïve \"quoted\" \\ key\n"]?.bytes == [1])
    }

    @Test func writtenBytesEqualPythons() throws {
        let python = try Data(contentsOf: GoldenState.url("checkpoints"))
        #expect(Safetensors.serialize(try GoldenState.load("checkpoints")) == python)
    }

    @Test func halfPrecisionIsKept() throws {
        let state = try GoldenState.load("checkpoints-half")
        let (half, widened) = (try state.golden("half"), try state.golden("widened"))
        #expect(half.dtype == .float16)
        #expect(half.scalars.map(\.bitPattern) == widened.scalars.map(\.bitPattern))
        let python = try Data(contentsOf: GoldenState.url("checkpoints-half"))
        #expect(Safetensors.serialize(state) == python)
    }
}
