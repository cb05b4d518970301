import TensorCore
import TestSupport
import Testing

/// float16 is stored and moved bit by bit, and converted as IEEE 754 says.
@Suite struct Float16Tests {
    private static let allBits = Array(UInt16.min ... .max)

    /// The value of float16 bits, from the definition of the format.
    private static func value(_ bits: UInt16) -> Double {
        let sign = bits & 0x8000 == 0 ? 1.0 : -1.0
        let (exponent, mantissa) = (Int(bits >> 10 & 31), Double(bits & 1023))
        if exponent == 31 { return mantissa == 0 ? sign * .infinity : .nan }
        let power = Double(sign: .plus, exponent: max(exponent, 1) - 15, significand: 1)
        return sign * power * ((exponent == 0 ? 0 : 1) + mantissa / 1024)
    }

    private static func tensor(bits: [UInt16], _ dtype: DType = .float16) -> Tensor {
        bits.withUnsafeBytes { Tensor(bytes: $0, shape: [bits.count], dtype: dtype) }
    }

    private static func bits(_ tensor: Tensor) -> [UInt16] {
        tensor.withHostBytes { Array($0.bindMemory(to: UInt16.self)) }
    }

    @Test(arguments: Devices.all)
    func everyPatternWidensExactly(_ tested: Device) {
        Devices.using(tested) {
            let found = Self.tensor(bits: Self.allBits).scalars
            let wrong = Self.allBits.filter { bits in
                let (wide, expected) = (found[Int(bits)], Self.value(bits))
                if expected.isNaN { return !wide.isNaN }
                return Double(wide) != expected || wide.sign != (bits & 0x8000 == 0 ? .plus : .minus)
            }
            #expect(wrong.isEmpty)
        }
    }

    @Test(arguments: Devices.all)
    func everyPatternComesBack(_ tested: Device) {
        Devices.using(tested) {
            let numbers = Self.allBits.filter { !Self.value($0).isNaN }
            let back = Self.tensor(bits: numbers).converted(to: .float32).converted(to: .float16)
            #expect(Self.bits(back) == numbers)
            let odd = Self.tensor(bits: [0x7c01, 0xfe00, 0x7fff]).converted(to: .float32).converted(to: .float16)
            #expect(odd.scalars.allSatisfy { $0.isNaN })
        }
    }

    @Test(arguments: Devices.all)
    func roundsAsTorch(_ tested: Device) throws {
        try Devices.using(tested) {
            let golden = try GoldenState.load("float16")
            let (numbers, rounded) = (try golden.golden("numbers"), try golden.golden("rounded"))
            #expect(rounded.dtype == .float16)
            #expect(Self.bits(numbers.converted(to: .float16)) == Self.bits(rounded))
        }
    }

    /// The numbers between two neighbours go to the nearer one, the one in the middle to the even one.
    @Test(arguments: Devices.all)
    func halfwayGoesToEven(_ tested: Device) {
        Devices.using(tested) {
            let lower = Array(UInt16(0)..<0x7bff)
            let middle = lower.map { Float((Self.value($0) + Self.value($0 + 1)) / 2) }
            func rounded(_ values: [Float]) -> [UInt16] {
                Self.bits(Tensor(values, shape: [values.count]).converted(to: .float16))
            }
            #expect(rounded(middle) == lower.map { $0 % 2 == 0 ? $0 : $0 + 1 })
            #expect(rounded(middle.map(\.nextDown)) == lower)
            #expect(rounded(middle.map(\.nextUp)) == lower.map { $0 + 1 })
            #expect(rounded([65519.996, 65520, 1e30, -65520, 0x1p-25, -0.0]) == [0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 0x8000])
        }
    }

    @Test(arguments: Devices.all, DType.allCases)
    func meetsEveryType(_ tested: Device, _ dtype: DType) {
        Devices.using(tested) {
            let values: [Float] = [0, 1, 2.5, 100, -3.75, 1.0009765625]
            let half = Tensor(values, shape: [6]).converted(to: .float16)
            let wide = half.converted(to: .float32)
            #expect(half.converted(to: dtype).dtype == dtype)
            #expect(half.converted(to: dtype).scalars == wide.converted(to: dtype).scalars)
            let source = Tensor([Float(0), 1, 7, 200, 1, 3], shape: [6]).converted(to: dtype)
            #expect(source.converted(to: .float16).scalars == source.scalars)
        }
    }

    @Test(arguments: Devices.all)
    func movesBitByBit(_ tested: Device) {
        Devices.using(tested) {
            let bits = (0..<24).map { UInt16($0 * 2731) }
            let x = Self.tensor(bits: bits).reshaped(to: [2, 3, 4])
            let codes = Tensor(bits.map { Int32($0) }, shape: [2, 3, 4])
            func same(_ moved: Tensor, _ expected: Tensor) {
                #expect(moved.dtype == .float16 && moved.shape == expected.shape)
                #expect(Self.bits(moved).map(Int64.init) == expected.integers)
            }
            same(x.permuted([2, 0, 1]), codes.permuted([2, 0, 1]))
            same(x.flipped(axes: [1]), codes.flipped(axes: [1]))
            same(x.sliced(axis: 2, from: 1, count: 2), codes.sliced(axis: 2, from: 1, count: 2))
            same(.concatenated([x, x], axis: 1), .concatenated([codes, codes], axis: 1))
            let indices = Tensor([Int64(2), 0], shape: [2])
            same(x.gathered(at: indices, axis: 1), codes.gathered(at: indices, axis: 1))
            let mask = Tensor((0..<24).map { $0 % 3 == 0 }, shape: [2, 3, 4])
            same(.select(mask, then: x, else: x.flipped(axes: [0])), .select(mask, then: codes, else: codes.flipped(axes: [0])))
            #expect(Tensor(repeating: 0.1, shape: [3], dtype: .float16).scalars == [Float](repeating: 0x1.998p-4, count: 3))
            #expect(x.zerosLike().dtype == .float16)
        }
    }

    @Test(arguments: Devices.all)
    func scatteringAddsInFloat16(_ tested: Device) {
        Devices.using(tested) {
            let table = Tensor(zeros: [3, 2], dtype: .float16)
            let updates = Tensor([Float(1), 2, 3, 4, 0.5, 0.25], shape: [3, 2]).converted(to: .float16)
            let added = table.scatterAdding(updates, at: Tensor([Int64(1), 1, 2], shape: [3]))
            #expect(added.dtype == .float16)
            #expect(added.scalars == [0, 0, 4, 6, 0.5, 0.25])
        }
    }

    /// Whatever computes takes float16 as the float32 numbers that it holds.
    @Test(arguments: Devices.all)
    func arithmeticWidens(_ tested: Device) {
        Devices.using(tested) {
            var random = TorchRandom(seed: 5)
            let half = random.normal(shape: [2, 4, 4, 8]).converted(to: .float16)
            let wide = half.converted(to: .float32)
            let kernel = random.normal(shape: [4, 8, 3, 3])
            let other = random.normal(shape: [8])
            let operations: [(String, @Sendable (Tensor) -> Tensor)] = [
                ("sum of tensors", { $0 + $0 }), ("with float32", { $0 * other }), ("scalar", { $0 * 2 + 1 }),
                ("with bfloat16", { $0 - other.converted(to: .bfloat16) }), ("negative", { -$0 }),
                ("comparison", { $0 .> other }),
                ("scalar comparison", { $0 .< 0.5 }), ("exponential", { $0.exp() }), ("activation", { $0.gelu() }),
                ("weighted sum", { $0.scaled(by: 2, adding: $0, scaledBy: 3) }), ("sum", { $0.sum(axes: [3]) }),
                ("mean", { $0.mean(axes: [1]) }),
                ("maximum", { $0.max(axes: [2]) }), ("position", { $0.argMax() }), ("running sum", { $0.cumulativeSum(axis: 1) }),
                ("top", { $0.topK(2).values }), ("softmax", { $0.softmax() }),
                ("pooling", { $0.maxPool2d(PoolingOptions(kernel: 2)) }),
                ("averages", { $0.averagePool2d(PoolingOptions(kernel: 2)) }), ("resizing", { $0.resized(to: 3) }),
                ("group norm", { $0.groupNorm(groups: 2) }), ("layer norm", { $0.layerNorm() }), ("rms norm", { $0.rmsNorm() }),
                ("modulation", { $0.modulated(scale: other, shift: other, addingOne: true) }),
                ("product", { $0.matmul($0, transposed: .right) }), ("convolution", { $0.conv2d(weight: kernel) }),
                ("linear", { $0.linear(weight: kernel.reshaped(to: [36, 8])) }),
                ("loss", { $0.meanSquaredError(target: $0 * 0) }),
                (
                    "attention",
                    { x in
                        let rows = x.reshaped(to: [2, 16, 8])
                        return .attention(query: rows, key: rows, value: rows)
                    }
                ),
            ]
            for (name, operation) in operations {
                let (found, expected) = (operation(half), operation(wide))
                #expect(found.dtype == expected.dtype, "\(name)")
                #expect(mismatch(found, expected) == nil, "\(name)")
            }
        }
    }

    @Test(arguments: Devices.all)
    func gradientsReachFloat16(_ tested: Device) throws {
        try Devices.using(tested) {
            let x = Tensor([Float(1), -2, 3], shape: [3]).converted(to: .float16).requiringGradient()
            let gradient = try #require((x * x).sum().gradients()[x])
            #expect(gradient.scalars == [2, -4, 6])
        }
    }
}
