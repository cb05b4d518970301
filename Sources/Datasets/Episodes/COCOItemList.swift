public import Foundation
internal import TensorCore

/// Reads HSNet's COCO-20i lists: Python pickles of a dictionary from class (0...79) to image names.
///
/// Only the thirteen harmless opcodes that such lists consist of are accepted; any other, in particular one that
/// would name or call code, is refused.
public enum COCOItemList {
    /// The pairs of a list in ascending class order, with ids 1...80; ids of images are names such as
    /// `val2014/COCO_val2014_000000507081.jpg`.
    ///
    /// - Throws: ``DatasetError`` for anything that is not such a list.
    public static func load(_ url: URL) throws(DatasetError) -> ItemList {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try FileBytes.read(url)
        } catch {
            throw DatasetError(
                file: url.path, found: error.found, expected: "a COCO-20i list (.pkl)", advice: error.advice)
        }
        let classes = try classLists(bytes, file: url.path)
        let items = classes.keys.sorted().flatMap { key in
            (classes[key] ?? []).map { DatasetItem(id: $0, classID: key + 1) }
        }
        return ItemList(file: url.path, items: items, hash: SHA256.hex(bytes))
    }

    private static func classLists(_ bytes: [UInt8], file: String) throws(DatasetError) -> [Int: [String]] {
        func problem(_ found: String, at place: String = "") -> DatasetError {
            DatasetError(
                file: file, place: place, found: found,
                expected: "a pickled dictionary of lists of names (HSNet's COCO-20i lists)",
                advice: "take the list from HSNet's data/splits/coco")
        }
        let pickle: Pickle
        do throws(PickleError) {
            pickle = try PickleReader.read(bytes, opcodes: .plainData)
        } catch {
            throw problem(error.found, at: "byte \(error.position)")
        }
        guard case .dictionary(let pairs)? = pickle.object(pickle.root) else { throw problem("a pickle of another shape") }
        var lists: [Int: [String]] = [:]
        for pair in pairs {
            guard case .integer(let key) = pair.key, case .list(let values)? = pickle.object(pair.value) else {
                throw problem("a pickle of another shape")
            }
            var names: [String] = []
            for value in values {
                guard case .text(let name) = value else { throw problem("a name that is no text") }
                names.append(name)
            }
            lists[key] = names
        }
        return lists
    }
}

extension ItemList {
    init(file: String, items: [DatasetItem], hash: String) {
        self.file = file
        self.items = items
        self.hash = hash
    }
}
