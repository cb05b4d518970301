public import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The photos in a folder by ``PhotoRule``, and what was passed over.
///
/// Masks that lie beside their photos, as the class folders of FSS-1000 have them (`1.jpg`, `1.png`), are none. Other image formats are
/// counted in a remark, recognised by their endings and, where an ending says nothing, by their first bytes. Folders in the folder
/// are not looked into.
public struct PhotoFolder: Sendable {
    /// The folder.
    public let url: URL
    /// The photos, in the order of the bytes of their names. A name that is no UTF-8 has replacement marks.
    public let photos: [URL]
    /// The folders in it that are not hidden, in the order of the bytes of their names. Links to folders are none.
    public let folders: [URL]
    /// What was passed over, a sentence each that begins with the folder.
    public let remarks: [String]

    static let notEntered = "did not look into"

    /// Lists a folder.
    ///
    /// - Throws: ``DatasetError`` for a folder that cannot be read. A folder without photos is none.
    public init(_ url: URL) throws(DatasetError) {
        let entries: [FolderListing.Entry]
        do throws(FileFailure) {
            entries = try FolderListing.entries(url)
        } catch {
            throw DatasetError(file: url.path, found: error.found, expected: "a folder of photos", advice: error.advice)
        }
        self.url = url
        let visible = entries.filter { !PhotoRule.isHidden($0.name) }
        let names = visible.filter { !$0.isFolder }.map(\.name)
        let named = names.filter { PhotoRule.isPhoto($0) }
        let masks = MaskTwins.masks(named, in: url)
        photos = named.filter { !masks.contains($0) }.map { url.appendingPathComponent($0) }
        var remarks = Self.others(names.filter { !PhotoRule.isPhoto($0) }, in: url)
        if let first = named.first(where: masks.contains) {
            let (file, verb) = masks.count == 1 ? ("file", "is a mask") : ("files", "are masks")
            remarks.append(
                "passed over \(masks.count) \(file) that \(verb) of the photos beside, such as \(FileName.plain(first))")
        }
        let inner = visible.filter(\.isFolder)
        if !inner.isEmpty {
            remarks.append("\(Self.notEntered) \(inner.count) \(inner.count == 1 ? "folder" : "folders") in it")
        }
        folders = inner.filter { !$0.isLink }.map { url.appendingPathComponent($0.name, isDirectory: true) }
        self.remarks = remarks.map { "\(url.path): \($0)" }
    }

    /// Counts pictures that are no photos by the rule.
    private static func others(_ names: [String], in folder: URL) -> [String] {
        var counts: [String: Int] = [:]
        for name in names {
            if let format = format(name, in: folder) { counts[format, default: 0] += 1 }
        }
        guard !counts.isEmpty else { return [] }
        let listed = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return ["passed over pictures that are not read: \(listed); convert them to JPEG or PNG with the ending .jpg or .png"]
    }

    private static func format(_ name: String, in folder: URL) -> String? {
        let ending = PhotoRule.ending(name)
        let found = FileBytes.first(16, of: folder.appendingPathComponent(name)).flatMap { ImageFormat($0) }
        switch found {
        case .jpeg?, .png?:
            return "\(found?.rawValue ?? "") with \(ending.isEmpty ? "no ending" : "the ending .\(ending)")"
        case .svg? where ending != "svg", .pdf?: return nil
        case .heif?: return PhotoRule.otherFormats[ending] ?? "HEIC or AVIF"
        case let format?: return format.rawValue
        case nil: return PhotoRule.otherFormats[ending]
        }
    }
}

/// Masks that lie beside their photos.
enum MaskTwins {
    private static let suffixes = ["_mask", "-mask", ".mask"]

    /// Which of the names are masks of others: a PNG with the stem of a JPEG, or with the stem of a photo and "mask" after it, of the
    /// photo's sides, and with what masks hold.
    static func masks(_ names: [String], in folder: URL) -> Set<String> {
        var stems: [String: [String]] = [:]
        for name in names { stems[PhotoRule.stem(name), default: []].append(name) }
        return Set(
            names.filter { name in
                guard PhotoRule.ending(name) == "png" else { return false }
                let stem = PhotoRule.stem(name)
                var photos = stems[stem, default: []].filter { PhotoRule.ending($0) != "png" }
                for suffix in suffixes where stem.lowercased().hasSuffix(suffix) {
                    photos += stems[String(stem.dropLast(suffix.count)), default: []]
                }
                return photos.contains { isMask(folder.appendingPathComponent(name), of: folder.appendingPathComponent($0)) }
            })
    }

    private static func isMask(_ mask: URL, of photo: URL) -> Bool {
        guard let sides = try? ImageFile.header(photo), let bytes = try? ImageFile.bytes(of: mask),
            let own = try? ImageFile.header(bytes, file: mask.path)
        else { return false }
        let fits = (try? MaskTurn(own, sides, file: mask.path)) != nil
        guard fits, let (info, statistics) = try? MaskStatistics.counting(bytes, file: mask.path) else { return false }
        return MaskChoice.looksLikeMask(info, statistics)
    }
}
