internal import Datasets
internal import Diffusion
internal import TensorCore
internal import Testing

/// Classes that are kept aside from training.
@Suite("Held-out split")
struct HeldOutSplitTests {
    private static let dataset = SmallModel.dataset

    @Test("Held-out classes leave no trace in the training items", arguments: [1, 3, 7], [0, 1, 5])
    func separation(_ count: Int, _ seed: UInt64) throws {
        let split = try HeldOutSplit(Self.dataset, count: count, seed: seed)
        let classes = Set(split.heldOut.classes.map(\.id))
        #expect(classes.count == count)
        #expect(Set(split.heldOut.items.map(\.classID)) == classes)
        #expect(classes.isDisjoint(with: split.training.map(\.classID)))
        #expect(Set(split.heldOut.items.map(\.id)).isDisjoint(with: split.training.map(\.id)))
        // Nothing else is lost: what is in neither part is an image that shows a held-out class, too.
        let images = Set(split.heldOut.items.map(\.id))
        let kept = Set(split.training).union(split.heldOut.items)
        for item in Self.dataset.items where !kept.contains(item) { #expect(images.contains(item.id)) }
        #expect(split.heldOut.name == Self.dataset.name + "/held-out")
    }

    @Test("The seed alone chooses")
    func seeds() throws {
        func classes(_ seed: UInt64) throws -> [Int] {
            try HeldOutSplit(Self.dataset, count: 4, seed: seed).heldOut.classes.map(\.id)
        }
        #expect(try classes(2) == classes(2))
        #expect(Set(try (0..<6).map { try classes($0) }).count > 1)
    }

    @Test("Order is the dataset's; no class held out is the whole dataset")
    func order() throws {
        let none = try HeldOutSplit(Self.dataset, count: 0, seed: 1)
        #expect(none.training == Self.dataset.items && none.heldOut.items.isEmpty)
        let split = try HeldOutSplit(Self.dataset, count: 5, seed: 1)
        let positions = Dictionary(uniqueKeysWithValues: Self.dataset.items.enumerated().map { ($1, $0) })
        for items in [split.training, split.heldOut.items] {
            let order = items.compactMap { positions[$0] }
            #expect(order == order.sorted() && order.count == items.count)
        }
    }

    @Test("A class must be left to train on", arguments: [-1, SmallModel.dataset.classes.count, 1000])
    func refusals(_ count: Int) {
        let error = #expect(throws: ConfigurationError.self) { try HeldOutSplit(Self.dataset, count: count, seed: 1) }
        #expect(error.map { "\($0)" }?.contains("heldOutClasses: found \(count)") == true)
    }
}
