/// One split of one fold of ``Shapes5i`` as a few-shot dataset: drawn when asked for, nothing on disk.
public struct Shapes5iDataset: ByteLabelledDataset {
    public let name: String
    public let classes: [FewShotClass]
    public let items: [DatasetItem]
    private let drawings: ShapeDrawings

    /// The base classes' training images or the novel classes' images of a fold (0...3).
    public init(_ shapes: Shapes5i = Shapes5i(), split: Shapes5i.Split, fold: Int) {
        drawings = ShapeDrawings(shapes)
        name = "shapes-5i/\(split.rawValue)/fold\(fold)"
        classes = Shapes5i.classes(split: split, fold: fold).map { FewShotClass(id: $0, name: Shapes5i.className($0)) }
        // Classes in turn, so that any number of episodes that walk through the list meets all of them.
        items = shapes.ids(split: split, fold: fold)
            .sorted { ($0.index, $0.classID) < ($1.index, $1.classID) }
            .map { DatasetItem(id: $0.description, classID: $0.classID) }
    }

    public func image(_ id: String) throws -> RGBImage { try drawings.rendering(Self.id(id)).image }

    public func labels(_ id: String) throws -> LabelMap { try drawings.rendering(Self.id(id)).labels }

    /// - Throws: ``DatasetError`` for a text that names no image.
    static func id(_ text: String) throws(DatasetError) -> Shapes5i.ID {
        guard let id = Shapes5i.ID(text) else {
            throw DatasetError(
                file: text, found: "no id of Shapes-5i", expected: "an id such as shapes_f0_trn_c06_0012",
                advice: "take ids from the dataset's items")
        }
        return id
    }
}
