internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// BAFT against hand-made features and the invariances that stitching rests on.
@Suite("BAFT")
struct PriorTests {
    private static func features(_ seed: UInt64, _ shape: Shape = [1, 4, 5, 6]) -> Tensor {
        var random = TorchRandom(seed: seed)
        return random.normal(shape: shape)
    }

    private static let mask = Tensor((0..<20).map { $0 % 5 < 2 ? Float(1) : 0 }, shape: [1, 4, 5, 1])

    private func prototypes(_ features: Tensor) -> Prototypes { Prototypes(pooling: features, mask: Self.mask) }

    private func expectEqual(_ a: Tensor, _ b: Tensor, _ tolerance: Tolerance = .elements(relative: 1e-4, absolute: 2e-5)) {
        let problem = mismatch(a, b, tolerance)
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("Masked average pooling is the mean inside, outside and everywhere")
    func pooling() {
        let features = Tensor((0..<40).map { Float($0) }, shape: [1, 4, 5, 2])
        let pooled = prototypes(features)
        // Columns 0 and 1 of four rows: pixels 0, 1, 5, 6, ...; channel 0 of pixel p is 2p.
        let inside: Float = (0..<4).reduce(0) { $0 + Float(10 * $1) + Float(10 * $1 + 2) } / 8
        #expect(pooled.foreground.scalars[0] == inside)
        #expect(pooled.mean.scalars[0] == 19)
        let outside = (19 * 20 - inside * 8) / 12
        #expect(abs(pooled.background.scalars[0] - outside) < 1e-4)
    }

    @Test("Priors do not change with the scale or rotation of the feature space", arguments: PriorKind.standard)
    func invariance(_ kind: PriorKind) throws {
        let (support, query) = (Self.features(1), Self.features(2))
        let baft = try BAFT([kind])
        let plain = baft(prototypes(support), QueryFeatures(query))
        expectEqual(baft(prototypes(support * 7), QueryFeatures(query * 7)), plain)
        let swap = [3, 1, 5, 0, 4, 2].map { Int64($0) }
        let order = Tensor(swap, shape: [6])
        func rotated(_ x: Tensor) -> Tensor {
            let permuted = x.gathered(at: order, axis: 3)
            return .concatenated(
                [-permuted.sliced(axis: 3, from: 0, count: 1), permuted.sliced(axis: 3, from: 1, count: 5)], axis: 3)
        }
        expectEqual(baft(prototypes(rotated(support)), QueryFeatures(rotated(query))), plain)
    }

    @Test(
        "Cosines stay in [-1, 1], enhanced or not",
        arguments: [PriorKind.foreground, .centred, PriorKind.foreground.enhanced, PriorKind.centred.enhanced])
    func range(_ kind: PriorKind) throws {
        let values = try BAFT([kind])(prototypes(Self.features(3)), QueryFeatures(Self.features(4))).scalars
        #expect(values.allSatisfy { abs($0) <= 1 + 1e-5 })
    }

    @Test("A pixel equal to the prototype has cosine one, its opposite minus one")
    func extremes() throws {
        let support = prototypes(Self.features(5))
        let direction = support.foreground.reshaped(to: [1, 1, 1, 6])
        let query = Tensor.concatenated([direction * 3, direction * -2], axis: 2)
        let values = try BAFT([.foreground])(support, QueryFeatures(query)).scalars
        #expect(abs(values[0] - 1) < 1e-5 && abs(values[1] + 1) < 1e-5)
    }

    @Test("Rows of the affinity add up to one", arguments: [Float(1), 2, 3])
    func affinity(_ power: Float) {
        var options = CosineAffinity()
        options.power = power
        let sums = options.matrix(of: QueryFeatures(Self.features(6))).sum(axes: [1]).scalars
        #expect(sums.allSatisfy { abs($0 - 1) < 1e-4 })
    }
}

/// UAPF's laws.
@Suite("UAPF")
struct FusionTests {
    private static func views(_ count: Int) -> Tensor {
        var random = TorchRandom(seed: 8)
        return random.normal(shape: [count, 3, 4, 2])
    }

    @Test("Identical views have no variance, and their mean is each of them")
    func identical() {
        let one = Self.views(1)
        let fused = UAPF().fused(.concatenated([one, one, one], axis: 0))
        #expect(mismatch(fused.sliced(axis: 3, from: 0, count: 2), one) == nil)
        #expect(fused.sliced(axis: 3, from: 2, count: 2).scalars.allSatisfy { abs($0) < 1e-6 })
    }

    @Test("The order of the views does not matter")
    func permutation() {
        let views = Self.views(6)
        let shuffled = views.gathered(at: Tensor([4, 0, 5, 2, 1, 3].map { Int64($0) }, shape: [6]))
        let problem = mismatch(UAPF().fused(shuffled), UAPF().fused(views))
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("Channels are fixed whatever the number of views", arguments: [1, 2, 4, 7])
    func channels(_ count: Int) {
        let fusion = UAPF()
        #expect(fusion.fused(Self.views(count)).shape == [1, 3, 4, fusion.channels(kinds: ["a", "b"]).count])
        var none = UAPF()
        none.fixedCount = 0
        #expect(none.fused(Self.views(count)).shape == [1, 3, 4, 4])
    }

    @Test("The fixed views are the ones with the largest mean, in falling order")
    func ranking() {
        let maps = [1, 3, 2].map { Tensor(repeating: $0, shape: [1, 2, 2, 1]) }
        var fusion = UAPF()
        fusion.fixedCount = 4
        let fixed = fusion.fused(.concatenated(maps, axis: 0)).sliced(axis: 3, from: 2, count: 4)
        #expect(Array(fixed.scalars.prefix(4)) == [3, 2, 1, 3])
    }

    @Test("A backbone given twice is that backbone, and its place among others does not matter")
    func backbones() {
        let (one, other) = (Self.views(4), Self.views(8).sliced(axis: 0, from: 4, count: 4) * 0.5)
        let fusion = UAPF()
        #expect(mismatch(fusion.fused(groups: [one, one]), fusion.fused(one)) == nil)
        let both = fusion.fused(groups: [one, other])
        #expect(mismatch(fusion.fused(groups: [other, one]), both) == nil)
        #expect(both.shape == fusion.fused(one).shape)
        let all = fusion.fused(.concatenated([one, other], axis: 0))
        #expect(mismatch(both.sliced(axis: 3, from: 0, count: 4), all.sliced(axis: 3, from: 0, count: 4)) == nil)
        let ranks = (fusion.fused(one) + fusion.fused(other)) * 0.5
        #expect(mismatch(both.sliced(axis: 3, from: 4, count: 8), ranks.sliced(axis: 3, from: 4, count: 8)) == nil)
    }

    @Test("Backbones of other grids are brought to the finest one, by fusions of others as well")
    func grids() {
        struct Mean: PriorFusion {
            func channels(kinds: [String]) -> [ConditionLayout.Meaning] { kinds.map { .mean($0) } }
            func normalized(_ priors: Tensor) -> Tensor { priors }
            func fused(_ priors: Tensor) -> Tensor { priors.mean(axes: [0], keepingDimensions: true) }
        }
        let coarse = Tensor(repeating: 1, shape: [4, 2, 2, 2])
        let fine = Tensor(repeating: 3, shape: [4, 4, 6, 2])
        for fused in [UAPF().fused(groups: [coarse, fine]), Mean().fused(groups: [coarse, fine])] {
            #expect(fused.shape[1] == 4 && fused.shape[2] == 6)
            #expect(fused.sliced(axis: 3, from: 0, count: 2).scalars.allSatisfy { abs($0 - 2) < 1e-6 })
        }
    }

    @Test("Normalisations undo gain and shift, except the paper's probability space")
    func normalization() {
        let views = Self.views(3)
        for mode in [UAPF.Normalization.standardized, .minimumMaximum] {
            var fusion = UAPF()
            fusion.normalization = mode
            #expect(
                mismatch(fusion.normalized(views * 5 + 3), fusion.normalized(views), .elements(relative: 1e-3, absolute: 1e-4))
                    == nil)
        }
        var plain = UAPF()
        plain.normalization = .probability
        #expect(plain.normalized(views).scalars == views.scalars)
    }
}

/// Affinities that are kept.
@Suite("Affinity matrix")
struct AffinityMatrixTests {
    @Test("A byte a weight is within half a step of the row's range, also for weights of both signs")
    func quantized() throws {
        var random = TorchRandom(seed: 9)
        let weights = random.normal(shape: [30, 30])
        let rows = random.normal(shape: [4, 30])
        let exact = AffinityMatrix(weights).applied(to: rows).scalars
        let kept = try #require(AffinityMatrix(kept: AffinityMatrix(weights).quantized.tensors))
        #expect(kept.weights.dtype == .uint8)
        let range = (weights.max(axes: [1]) - weights.min(axes: [1])).scalars
        let sums = rows.absoluteValue().sum(axes: [1]).scalars
        for (place, value) in kept.applied(to: rows).scalars.enumerated() {
            let bound = range[place % 30] / 510 * sums[place / 30]
            #expect(abs(value - exact[place]) <= bound * 1.01 + 1e-5)
        }
        #expect(AffinityMatrix(kept: []) == nil)
    }

    @Test("A constant row keeps its value")
    func constant() {
        let kept = AffinityMatrix(Tensor(repeating: 0.25, shape: [4, 4])).quantized
        #expect(kept.applied(to: Tensor(ones: [1, 4])).scalars.allSatisfy { abs($0 - 1) < 1e-6 })
    }
}
