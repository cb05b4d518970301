import Foundation
import Testing

@testable import Datasets

/// The training list of a fold that leaves a class out of its images, as those of PASCAL-5i do.
private struct Hiding: FewShotDataset {
    let hidden: Int
    private let base = ListedDataset()

    init(_ hidden: Int) { self.hidden = hidden }

    var name: String { "without \(hidden)" }
    var classes: [FewShotClass] { base.classes.filter { $0.id != hidden } }
    var items: [DatasetItem] {
        // Every third image shows two classes and is listed with both.
        let further = base.items.compactMap { item -> DatasetItem? in
            let next = item.classID % 4 + 1
            return ListedDataset.columns(of: next, in: item.id) == nil ? nil : DatasetItem(id: item.id, classID: next)
        }
        return (base.items + further).filter { $0.classID != hidden }
    }

    func image(_ id: String) throws -> RGBImage { try base.image(id) }

    func mask(of classID: Int, in image: String) throws -> ClassMask {
        try base.mask(of: classID == hidden ? 0 : classID, in: image)
    }
}

@Suite("Several lists as one dataset") struct UnitedDatasetTests {
    private let parts = [Hiding(1), Hiding(2)]

    @Test("Every item is there once, in the order of the lists, with every class")
    func items() {
        let united = UnitedDataset(name: "all", parts)
        #expect(united.classes.map(\.id) == [1, 2, 3, 4])
        #expect(Set(united.items) == Set(parts.flatMap(\.items)) && Set(united.items).count == united.items.count)
        #expect(Array(united.items.prefix(parts[0].items.count)) == parts[0].items)
    }

    @Test("The list that names a class of an image is asked for its mask, though another one has the image, too")
    func masks() throws {
        let united = UnitedDataset(name: "all", parts)
        for item in united.items {
            let mask = try united.mask(of: item.classID, in: item.id).object
            #expect(mask == (try ListedDataset().mask(of: item.classID, in: item.id).object) && mask.area > 0, "\(item)")
        }
        let shared = united.items.filter { item in parts.allSatisfy { part in part.items.contains { $0.id == item.id } } }
        #expect(shared.contains { $0.classID == 1 } && shared.contains { $0.classID == 2 })
    }
}
