internal import Datasets
internal import Diffusion
internal import Foundation

/// The result for one query; paths are relative to the folder of results.
struct PredictionRecord: Codable {
    var query: String
    var height: Int?
    var width: Int?
    var mask: String?
    var overlay: String?
    var probability: String?
    var picture: String?
    /// The share of the photo that is the object, 0...1.
    var share: Double?
    /// The model's own estimate of its mask's IoU, 0...1; with `--explain`.
    var predictedIoU: Float?
    /// Why there is no mask.
    var error: String?
}

/// Segments queries and writes their files.
struct PredictionWriter {
    let model: DiffUp
    let supports: [Support]
    let threshold: Float
    let explains: Bool
    let folder: RunFolder

    /// Segments one photo.
    ///
    /// - Parameter mayFail: whether a photo that cannot be read is a record instead of an error.
    func write(_ query: QueryFiles.Query, mayFail: Bool) throws -> PredictionRecord {
        let photo: RGBImage
        do throws(ImageError) {
            photo = try ImageFile.load(query.url)
        } catch {
            guard mayFail else { throw error }
            return PredictionRecord(query: query.url.path, error: error.description)
        }
        var record = PredictionRecord(query: query.url.path, height: photo.height, width: photo.width)
        let episode = Episode(query: photo, supports: supports)
        let map = try segment(episode, query.name, &record)
        let mask = map.mask(threshold: threshold)
        record.mask = "masks/\(query.name).png"
        record.overlay = "overlays/\(query.name).jpg"
        record.probability = "probabilities/\(query.name).png"
        record.share = Double(mask.area) / Double(photo.width * photo.height)
        try mask.save(to: folder.file("masks/\(query.name).png"))
        try ImageFile.save(photo.overlaid(with: mask), to: folder.file("overlays/\(query.name).jpg"))
        try ImageFile.save(map.shaded(), to: folder.file("probabilities/\(query.name).png"))
        return record
    }

    private func segment(_ episode: Episode, _ name: String, _ record: inout PredictionRecord) throws -> ProbabilityMap {
        guard explains else { return try model.segment(episode).map }
        let explanation = try model.explain(episode)
        let sheet = PictureSheet(
            title: name, episodes: [EpisodeRow(episode: episode, explanation: explanation, threshold: threshold)])
        record.picture = "pictures/\(name).png"
        record.predictedIoU = explanation.predictedIoU
        try ImageFile.save(sheet.rendered(), to: folder.file("pictures/\(name).png"))
        guard let map = explanation.probabilities else { throw CommandError("\(name): the model gave no result") }
        return map
    }
}

extension Prediction {
    /// The probabilities; a decided mask has 0 and 1 alone.
    var map: ProbabilityMap {
        switch self {
        case .probabilities(let map): map
        case .mask(let mask): ProbabilityMap(height: mask.height, width: mask.width, values: mask.values.map { $0 ? 1 : 0 })
        }
    }
}

/// The photos that `--query` names.
enum QueryFiles {
    /// A photo and the stem of its results.
    struct Query {
        var url: URL
        var name: String
    }

    /// Files as they are, folders as the photos in them; names are made unique.
    static func found(_ paths: [String]) throws -> [Query] {
        let urls = try paths.flatMap { try photos(at: URL(fileURLWithPath: $0)) }
        var used: Set<String> = []
        return urls.map { url in
            let stem = url.deletingPathExtension().lastPathComponent
            var (name, count) = (stem, 1)
            while !used.insert(name).inserted {
                count += 1
                name = "\(stem)-\(count)"
            }
            return Query(url: url, name: name)
        }
    }

    private static func photos(at url: URL) throws -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw CommandError("\(url.path): found no such file, expected a photo or a folder of photos; check --query")
        }
        guard isFolder.boolValue else { return [url] }
        let content = try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        let photos = content.filter { ImageFile.extensions.contains($0.pathExtension.lowercased()) }
        guard !photos.isEmpty else {
            throw CommandError("\(url.path): found no photo in this folder, expected .jpg or .png files; check --query")
        }
        return photos.sorted { $0.path < $1.path }
    }
}
