internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Table 7's distances and the affinities, against NumPy.
@Suite("Prior variants")
struct PriorVariantTests {
    private static func features(_ name: String, _ shape: Shape) -> Tensor {
        Tensor(BackboneFixtures.uniform(name, count: shape.elementCount).map { Float(2 * $0 - 1) }, shape: shape)
    }

    private static let query = QueryFeatures(features("query", [1, 4, 5, 6]))
    private static let prototypes = Prototypes(
        foreground: features("prototypes", [3, 6]), background: features("ground", [3, 6]), mean: features("mean", [3, 6]))

    private static func golden(_ name: String) throws -> Tensor {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try #require(try Safetensors.load(contentsOf: folder.appendingPathComponent("priors.safetensors"))[name])
    }

    private func expectEqual(_ found: Tensor, _ name: String) throws {
        let problem = mismatch(found, try Self.golden(name), .elements(relative: 1e-4, absolute: 2e-5))
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }

    @Test("Distances with their conversions", arguments: DistancePrior.all)
    func distances(_ prior: DistancePrior) throws {
        try expectEqual(prior.prior(Self.prototypes, Self.query), prior.name)
        let named = try #require(try PriorRegistry.transformations.member(named: prior.name) as? DistancePrior)
        #expect(named == prior)
        #expect(PriorKind(text: prior.name)?.transformation == prior.name)
        let values = prior.prior(Self.prototypes, Self.query).scalars
        #expect(values.allSatisfy { $0 > -1 && $0 <= 1 })
    }

    @Test("Between unit vectors 1 - d^2 / 2 is the cosine")
    func cosine() {
        let prior = DistancePrior(.l2, .reciprocal).prior(Self.prototypes, Self.query)
        // p = 1 / (1 + d), so d = 1 / p - 1.
        let distances = ((prior + 1) * 0.5).reciprocal() - 1
        let cosines = ForegroundCosine().prior(Self.prototypes, Self.query)
        let problem = mismatch(1 - distances.squared() * 0.5, cosines, .elements(relative: 1e-3, absolute: 1e-4))
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("Unit vectors make distances free of the features' scale, features as they are do not")
    func scale() {
        let larger = QueryFeatures(Self.query.map * 7)
        var prototypes = Self.prototypes
        prototypes.foreground = prototypes.foreground * 7
        for prior in DistancePrior.all {
            let (plain, scaled) = (prior.prior(Self.prototypes, Self.query), prior.prior(prototypes, larger))
            let isSame = mismatch(scaled, plain, .elements(relative: 1e-3, absolute: 1e-4)) == nil
            #expect(isSame == prior.isNormalized, "\(prior.name)")
        }
    }

    @Test("Affinities: raw, row-normalised, mean, softmax, powers, with and without negatives", arguments: [false, true])
    func affinities(_ centred: Bool) throws {
        let name = centred ? "centred" : "plain"
        func matrix(_ change: (inout CosineAffinity) -> Void) -> Tensor {
            var affinity = CosineAffinity()
            (affinity.centred, affinity.power, affinity.temperature) = (centred, 1, 0.2)
            change(&affinity)
            return affinity.matrix(of: Self.query)
        }
        try expectEqual(matrix { $0.normalization = .raw }, "affinity-\(name)-raw")
        try expectEqual(
            matrix { ($0.normalization, $0.keepsNegatives) = (.raw, true) }, "affinity-\(name)-raw-negatives")
        for power in [1, 2, 3] {
            try expectEqual(matrix { $0.power = Float(power) }, "affinity-\(name)-rows-\(power)")
            try expectEqual(
                matrix { ($0.power, $0.normalization) = (Float(power), .mean) }, "affinity-\(name)-mean-\(power)")
        }
        try expectEqual(matrix { $0.normalization = .softmax }, "affinity-\(name)-softmax-cut")
        try expectEqual(
            matrix { ($0.normalization, $0.keepsNegatives) = (.softmax, true) }, "affinity-\(name)-softmax-negatives")
    }

    @Test("Every setting of the affinity has an identity of its own")
    func identities() {
        var all: Set<String> = []
        var count = 0
        for normalization in CosineAffinity.Normalization.allCases {
            for keepsNegatives in [false, true] {
                for temperature in [Float(0.1), 0.5] where normalization == .softmax || temperature == 0.1 {
                    var affinity = CosineAffinity()
                    (affinity.normalization, affinity.keepsNegatives) = (normalization, keepsNegatives)
                    affinity.temperature = temperature
                    all.insert(affinity.identity)
                    count += 1
                }
            }
        }
        #expect(all.count == count)
        #expect(CosineAffinity().identity == "cosine, centred true, power 2.0, rows")
    }

    @Test("A transformation replaces another in plain and enhanced priors and in no others")
    func replaced() throws {
        let kinds = [PriorKind.foreground, .contrast, PriorKind.foreground.enhanced]
        let own = DistancePrior(.l1, .exponential)
        let baft = try BAFT(kinds)
        let changed = baft.replacing("foreground", by: own)
        #expect(changed.priors.map(\.name) == baft.priors.map(\.name))
        let (before, after) = (baft(Self.prototypes, Self.query), changed(Self.prototypes, Self.query))
        func channel(_ maps: Tensor, _ index: Int) -> [Float] { maps.sliced(axis: 3, from: index, count: 1).scalars }
        #expect(channel(before, 1) == channel(after, 1))
        #expect(channel(before, 0) != channel(after, 0) && channel(before, 2) != channel(after, 2))
        let expected = own.prior(Self.prototypes, Self.query).scalars
        #expect(zip(channel(after, 0), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("The views of one backbone twice have the mean and variance of once")
    func twice() {
        var fusion = UAPF()
        fusion.fixedCount = 0
        let views = Self.features("views", [4, 3, 4, 2])
        let problem = mismatch(fusion.fused(.concatenated([views, views], axis: 0)), fusion.fused(views))
        #expect(problem == nil, "\(problem ?? "")")
    }
}
