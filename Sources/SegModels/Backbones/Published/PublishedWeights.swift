/// A file of weights as its publisher offers it: where it is, how it is recognised, whose it is.
public struct PublishedWeights: Codable, Sendable, Hashable {
    /// What users call it.
    public var name: String
    /// The built-in backbone whose weights they are; the first file of a backbone is the one that its name alone means.
    public var backbone: String
    /// Where the publisher keeps it.
    public var address: String
    /// The digest of its bytes, or the first 8 digits of it, which torchvision's names carry.
    public var sha256: String
    /// Its size in MiB, rounded to 0.001, where the publisher says it.
    public var mebibytes: Double?
    /// Who offers it.
    public var publisher: String
    /// A word about what may be done with it.
    public var licence: String

    /// The name of the file, in the cache and at the publisher's.
    public var fileName: String { address.split(separator: "/").last.map(String.init) ?? name }

    /// The file called `name`, or the first one of the backbone of that name.
    public static func named(_ name: String) -> PublishedWeights? {
        all.first { $0.name == name } ?? all.first { $0.backbone == name }
    }

    /// The published file that some file is: by its digest where that is known, else by its name.
    static func file(named fileName: String, sha256: String?) -> PublishedWeights? {
        if let sha256 { return all.first { $0.isDigest(sha256) } }
        return all.first { $0.fileName == fileName }
    }

    /// Whether a digest is this file's.
    func isDigest(_ digest: String) -> Bool { digest.hasPrefix(sha256) }

    /// The most bytes that may come when somebody asks for it.
    var byteLimit: Int {
        guard let mebibytes else { return 4 << 30 }
        return Int((mebibytes * 1.01 + 1) * 1_048_576)
    }
}
