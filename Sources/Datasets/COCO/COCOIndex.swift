public import Foundation
internal import TensorCore

/// An instances file of COCO (2014 or 2017, train or val) by image: made once with simdjson, then opened from a cache without parsing.
///
/// The file is identified by the digest of its content. Single elements that cannot be used (a polygon of two points, run lengths of
/// another size, an image that does not exist) are left out and listed in ``problems``; everything else goes on.
public struct COCOIndex: Sendable {
    /// The path of the instances file.
    public let file: String
    /// The SHA-256 digest of the file, 64 hexadecimal digits.
    public let digest: String
    /// The categories in the order of their ids.
    public let categories: [COCOCategory]
    /// What was left out, a line each, at most about a hundred.
    public let problems: [String]
    /// Why the index could not be kept; nil where it could, or nobody asked.
    public let remark: String?
    /// Whether the index came from the cache.
    public let isFromCache: Bool

    private let table: COCOIndexTable
    private let categoryIDs: [Int]

    /// Opens an instances file.
    ///
    /// - Parameters:
    ///   - file: `instances_train2017.json` or another file of that kind, below 1 GiB.
    ///   - cache: where indices are kept; nil to parse every time.
    ///   - threads: how many parse at once; by default as many as there are processors, at most four.
    /// - Throws: ``DatasetError`` for a file that cannot be read or is no instances file, and in a build without the package trait
    ///   `Simdjson` for a file that the cache does not have.
    public init(_ file: URL, cache: COCOIndexCache? = .user, threads: Int = COCOIndex.defaultThreads) throws(DatasetError) {
        self.file = file.path
        if let cache, let digest = cache.digest(of: file), let table = Self.cached(cache.indexFile(digest), digest) {
            (self.digest, self.table, isFromCache, remark) = (digest, table, true, nil)
        } else {
            let stamp = FileStamp(file)
            let bytes = try Self.bytes(of: file)
            let (data, digest) = try COCOIndexBuilder.build(bytes, file: file.path, threads: threads)
            let name = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            guard let table = COCOIndexTable(data, digest: digest) else {
                throw DatasetError(
                    file: file.path, found: "an index that does not read itself", expected: "an index",
                    advice: "report this as a defect")
            }
            remark = cache?.keep(data, at: cache?.indexFile(name) ?? file)
            if remark == nil { cache?.remember(name, of: file, as: stamp) }
            (self.digest, self.table, isFromCache) = (name, table, false)
        }
        categories = table.categories
        problems = table.problems
        categoryIDs = categories.map(\.id)
    }

    /// As many threads as there are processors, at most four.
    public static var defaultThreads: Int { min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)) }

    /// The number of images.
    public var imageCount: Int { table.layout.images }

    /// The number of annotations.
    public var annotationCount: Int { table.layout.annotations }

    /// The image at a position in the order of ids.
    ///
    /// - Precondition: `position` is in `0..<imageCount`.
    public func image(at position: Int) -> COCOImage { table.image(position) }

    /// The position of an image by its id; nil where the file does not have it.
    public func position(of id: Int) -> Int? { table.place(of: id) }

    /// The number of annotations of the image at a position.
    ///
    /// - Precondition: `position` is in `0..<imageCount`.
    public func annotationCount(at position: Int) -> Int { table.rows(of: position) { $1.count } ?? 0 }

    /// The annotations of the image at a position, in the order of the file.
    ///
    /// - Precondition: `position` is in `0..<imageCount`.
    /// - Throws: ``DatasetError`` where the cached index is damaged.
    public func annotations(at position: Int) throws(DatasetError) -> [COCOAnnotation] {
        let found: [COCOAnnotation]? = table.rows(of: position) { bytes, range in
            let all = range.compactMap { table.annotation(bytes, $0, ids: categoryIDs) }
            return all.count == range.count ? all : nil
        }
        guard let found else {
            throw DatasetError(
                file: file, place: "image \(image(at: position).id)", found: "a cached index that is damaged there",
                expected: "the index as it was written",
                advice: "delete \(COCOIndexCache.user.folder.path), or the cache that was chosen")
        }
        return found
    }

    private static func cached(_ url: URL, _ digest: String) -> COCOIndexTable? {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else { return nil }
        let digits = Array(digest.utf8)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
        return COCOIndexTable(data, digest: bytes)
    }

    private static func bytes(of file: URL) throws(DatasetError) -> [UInt8] {
        do throws(FileFailure) {
            return try FileBytes.read(file)
        } catch {
            throw DatasetError(
                file: file.path, found: error.found, expected: "an instances file of COCO", advice: error.advice)
        }
    }
}
