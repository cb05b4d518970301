import TensorCore
import Testing

/// The golden suite itself: that it can be read, and that no case is left without a test.
@Suite struct OperationGoldensTests {
    static let catalogs: [String: OperationCatalog] = [
        "attention": AttentionTests.catalog, "convolution": ConvolutionTests.catalog,
        "elementwise": ElementwiseTests.catalog, "losses": LossTests.catalog, "movement": MovementTests.catalog,
        "normalization": NormalizationTests.catalog, "pooling": PoolingTests.catalog,
        "products": ProductTests.catalog, "reductions": ReductionTests.catalog, "resizing": ResizingTests.catalog,
        "types": TypeTests.catalog,
    ]

    @Test func everyCaseHasATest() throws {
        let cases = try OperationGoldens.load()
        #expect(cases.count > 1400)
        for golden in cases {
            #expect(Self.catalogs[golden.family]?[golden.operation] != nil, "nothing replays \(golden)")
        }
    }

    @Test func everyTestHasACase() throws {
        let cases = try OperationGoldens.load()
        for (family, catalog) in Self.catalogs {
            let known = Set(cases.filter { $0.family == family }.map(\.operation))
            #expect(known == Set(catalog.keys), "family \(family)")
        }
    }

    @Test func everyFloatingOperationHasBothTypes() throws {
        let cases = try OperationGoldens.load().filter { !$0.gradients.isEmpty }
        for (operation, group) in Dictionary(grouping: cases, by: \.operation) {
            #expect(Set(group.map(\.dtype)) == ["float32", "bfloat16"], "\(operation)")
        }
    }
}
