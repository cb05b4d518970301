internal import Foundation

extension Concept {
    /// Draws every support with what is marked in it, `<number>.jpg`.
    ///
    /// - Parameter folder: is made.
    /// - Returns: the number of pictures.
    /// - Throws: ``ImageError`` for a photo that is damaged and a picture that cannot be written, ``DatasetError`` for a folder that
    ///   cannot be made.
    @discardableResult
    public func drawSupports(in folder: String) throws -> Int {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        try Folder.create(url)
        for (index, support) in supports.enumerated() {
            let shown = try support.support()
            try ImageFile.save(
                shown.image.annotated(with: shown.annotation), to: url.appendingPathComponent("\(index + 1).jpg"))
        }
        return supports.count
    }
}
