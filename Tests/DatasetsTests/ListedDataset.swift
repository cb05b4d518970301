@testable import Datasets

/// Sixteen 8x6 images of four classes. Image i shows class `i % 4 + 1`, as its list says, in four columns; every third image
/// also shows the next class in one column, as a list with a least size would not say.
struct ListedDataset: FewShotDataset {
    let name = "listed"
    let classes = (1...4).map { FewShotClass(id: $0, name: "class \($0)") }
    let items = (0..<16).map { DatasetItem(id: "image\($0)", classID: $0 % 4 + 1) }

    static func columns(of classID: Int, in id: String) -> Range<Int>? {
        let index = Int(id.dropFirst(5)) ?? 0
        if index % 4 + 1 == classID { return 0..<4 }
        return index % 3 == 0 && (index + 1) % 4 + 1 == classID ? 6..<7 : nil
    }

    func image(_ id: String) throws -> RGBImage { RGBImage(height: 6, width: 8, red: UInt8(id.count)) }

    func mask(of classID: Int, in image: String) throws -> ClassMask {
        let columns = Self.columns(of: classID, in: image)
        return ClassMask(object: BinaryMask(height: 6, width: 8) { x, _ in columns?.contains(x) == true })
    }
}
