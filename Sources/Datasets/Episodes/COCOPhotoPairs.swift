internal import Foundation
internal import TensorCore

/// Lists of PFENet and its successors: a photo and its label map a line, `train/data_list_0.txt`. They name no class: a photo stands for
/// every class of its fold of which it shows enough pixels.
enum PhotoPairList {
    /// Whether a file is such a list, by its name.
    static func isPairList(_ file: URL) -> Bool { file.lastPathComponent.hasPrefix("data_list_") }

    /// Reads a list; items are its photos, with class 0.
    ///
    /// - Throws: ``DatasetError`` with the line that is no pair.
    static func load(_ url: URL) throws(DatasetError) -> ItemList {
        let expected = "a photo and its label map a line (data_list of PFENet and BAM)"
        let bytes = try TextFile.bytes(of: url, expected: expected)
        let text = try TextFile.text(bytes, file: url.path, expected: expected)
        var items: [DatasetItem] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.isEmpty { continue }
            let numbers = words.map { COCOPhotos.number(String($0).replacing("\\", with: "/")) }
            guard words.count == 2, let number = numbers[0], number == numbers[1] else {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "\"\(line.prefix(80))\"",
                    expected: "a photo of COCO and the label map of the same image",
                    advice: "take the list from its repository again")
            }
            items.append(DatasetItem(id: String(words[0]), classID: 0))
        }
        guard !items.isEmpty else {
            throw DatasetError(file: url.path, found: "no line", expected: expected, advice: "copy the list again")
        }
        return ItemList(file: url.path, items: items, hash: SHA256.hex(bytes))
    }

    /// Whose list has a digest, by its first 16 digits; nil for one that is not known.
    static func owner(_ hash: String) -> String? {
        known.first { $0.hashes.values.contains { $0.contains(hash) } }?.owner
    }

    /// The digests of `lists/coco/<folder>/{train,val}/data_list_{0..3}.txt` of the DifFSS-BAM repository with their lines, where the
    /// file is known.
    static let known: [(owner: String, hashes: [DatasetPart: [String]], lines: [DatasetPart: [Int]])] = [
        (
            "BAM",
            [
                .training: ["cf3e92d962cac5d3"],
                .validation: ["cf4711956ea1f158", "9a5b09cc9e8b4d2e", "a962ea8b571121b9", "88d56b1870b533c6"],
            ], [.training: [21917], .validation: [26052, 15305, 13138, 12640]]
        ),
        (
            "DifFSS (cleaned)",
            [
                .training: ["d0a06cb05583b536", "8d4085c4bfe9ad6f", "b303f0215a65ac51", "247639fbdcad86fc"],
                .validation: ["0c036c3bdbf04c39", "7eb517f2f55984dd", "ad57a8f53e21df28", "bf0cc0371f7b83e7"],
            ], [.training: [6198, 7441, 7289, 7404], .validation: [3225, 1951, 1625, 1525]]
        ),
        (
            "DifFSS",
            [
                .training: ["3f3ff279249063cc", "48fc9d869239d13d", "57d7db42e0d5583f", "db6c91a15e66a0da"],
                .validation: ["46a334d3f7d352aa", "00ec79bba340a3b8", "49e8412c149b5ee3", "a4c388cf51eb09c3"],
            ], [.training: [2171, 4170, 4231, 4411], .validation: [3224, 1951, 1624, 1525]]
        ),
    ]
}
