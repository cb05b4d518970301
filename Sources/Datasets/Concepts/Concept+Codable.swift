internal import Foundation

/// In JSON a support is its photo's file and its annotation's file in base64, with their digests.
extension ConceptSupport: Codable {
    private enum CodingKeys: String, CodingKey {
        case photo, photoSHA256, kind, annotation, annotationSHA256, source
    }

    /// Reads a support and verifies its digests, where they stand there.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let photo = try values.decode(Data.self, forKey: .photo)
        let annotation = try values.decodeIfPresent(Data.self, forKey: .annotation) ?? Data()
        do {
            try self.init(
                photo: [UInt8](photo), annotationBytes: [UInt8](annotation),
                kind: try values.decode(AnnotationKind.self, forKey: .kind),
                source: try values.decodeIfPresent(String.self, forKey: .source) ?? "", file: "support")
        } catch let error as DecodingError {
            throw error
        } catch {
            throw DecodingError.dataCorruptedError(forKey: .photo, in: values, debugDescription: "\(error)")
        }
        for (key, found) in [(CodingKeys.photoSHA256, photoDigest), (.annotationSHA256, annotationDigest)] {
            guard let stated = try values.decodeIfPresent(String.self, forKey: key), stated.lowercased() != found else {
                continue
            }
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "found content of SHA-256 \(found), expected \(stated.prefix(64))")
        }
    }

    /// Writes a support.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Data(photo), forKey: .photo)
        try values.encode(photoDigest, forKey: .photoSHA256)
        try values.encode(annotation.kind, forKey: .kind)
        if annotation.kind != .none { try values.encode(Data(annotationBytes), forKey: .annotation) }
        try values.encode(annotationDigest, forKey: .annotationSHA256)
        if !source.isEmpty { try values.encode(source, forKey: .source) }
    }
}

/// In JSON a concept is its name, notes, supports and version; its file (``Concept/write(to:)``) is smaller.
extension Concept: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, name, notes, supports
    }

    /// Reads a concept.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard (1...Self.currentVersion).contains(version) else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: values, debugDescription: "found version \(version), expected 1...\(Self.currentVersion)")
        }
        let (name, supports) = (
            try values.decode(String.self, forKey: .name), try values.decode([ConceptSupport].self, forKey: .supports)
        )
        let notes = try values.decodeIfPresent(String.self, forKey: .notes) ?? ""
        do { try self.init(name: name, notes: notes, supports: supports) } catch {
            throw DecodingError.dataCorruptedError(forKey: .name, in: values, debugDescription: "\(error)")
        }
    }

    /// Writes a concept.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Self.currentVersion, forKey: .version)
        try values.encode(name, forKey: .name)
        if !notes.isEmpty { try values.encode(notes, forKey: .notes) }
        try values.encode(supports, forKey: .supports)
    }
}
