public import Datasets
internal import TensorCore

/// Photos of a dataset in place of made ones: training images of a novel class whose labels are hidden from everything but the measurement
/// of pseudo labels.
///
/// It shows what filtering, relabelling and refinement are worth on real photos where no text-to-image network is at hand. Only images
/// that may support the class are taken, less the supports themselves.
public struct DatasetPhotos: ImageGenerator {
    private let data: GFSSData
    private let photos: [String: [String]]
    public let identity: String

    /// The photos of the novel classes of a fold.
    ///
    /// - Parameter supports: what is left out.
    public init(_ data: GFSSData, excluding supports: [DatasetItem]) {
        let used = Set(supports.map(\.id))
        self.data = data
        photos = Dictionary(
            data.view.novelClasses.map { item in
                (item.name, data.view.candidates(classID: item.id).filter { !used.contains($0) })
            }
        ) { first, _ in first }
        let lists = photos.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value.joined(separator: "\n"))" }
        identity = "photos \(contentDigest([data.digest] + lists))"
    }

    public func limit(className: String) -> Int? { photos[className, default: []].count }

    /// - Throws: ``GenerationError`` where the photos of a class are used up, and what the dataset throws.
    public func generate(_ request: ImageRequest) throws -> RGBImage { try data.images.image(id(request)) }

    public func truth(of request: ImageRequest) throws -> ClassMap? { try data.images.labels(id(request)) }

    private func id(_ request: ImageRequest) throws(GenerationError) -> String {
        let own = photos[request.className, default: []]
        guard own.indices.contains(request.index) else {
            throw GenerationError(
                source: "the photos of the dataset", found: "\(own.count) of \"\(request.className)\"",
                expected: "one of the number \(request.index)", advice: "ask for fewer images")
        }
        return own[request.index]
    }
}
