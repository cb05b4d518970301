public import Datasets
internal import Synchronization
public import TensorCore

/// Names the pixels of a photo before anything is improved: where pseudo labels begin.
///
/// In Syn4Seg it is the network for generalized few-shot segmentation (``NetworkLabeller``); a few-shot segmenter that is shown the
/// supports is another one (``FewShotLabeller``).
public protocol InitialLabeller: Sendable {
    /// What it is, with all that decides its answers: part of manifests and of the keys of stored results.
    var identity: String { get }

    /// The labels of a photo, in its size, and where the labeller knows it how sure it is of every pixel's.
    ///
    /// - Parameter classID: the class that the photo was made or found for.
    func labels(of photo: RGBImage, madeFor classID: Int) throws -> SemanticPrediction
}

/// The labels of a network that knows base and novel classes, and the features that its classifier reads.
///
/// Both of a photo come from one pass: the map of the last photo is kept until another one is asked for. The network must not learn
/// meanwhile.
public final class NetworkLabeller: InitialLabeller, PixelFeatures {
    public let identity: String
    private let network: GFSSNetwork
    private let last = Mutex<(photo: RGBImage, map: Tensor)?>(nil)

    /// A labeller.
    ///
    /// - Parameter digest: of the network's file, which names it.
    public init(_ network: GFSSNetwork, digest: String) {
        (self.network, identity) = (network, "network \(digest)")
    }

    public func labels(of photo: RGBImage, madeFor classID: Int) -> SemanticPrediction {
        network.prediction(map(of: photo), of: photo)
    }

    public func features(of photo: RGBImage) -> Tensor { network.features(map(of: photo), of: photo) }

    private func map(of photo: RGBImage) -> Tensor {
        if let known = last.withLock({ $0 }), known.photo == photo { return known.map }
        let map = network.map(of: photo)
        last.withLock { $0 = (photo, map) }
        return map
    }
}

/// The labels of a few-shot segmenter such as DiffUp: it is shown the supports of the class that a photo was made for, and what it finds
/// is that class; all else is background.
public struct FewShotLabeller: InitialLabeller {
    /// The segmenter.
    public let segmenter: any EpisodicSegmenter
    /// Probabilities from here on are the class.
    public let threshold: Float
    public let identity: String
    private let supports: [Int: [Support]]

    /// A labeller.
    ///
    /// - Parameters:
    ///   - segmenter: sees the supports as masks.
    ///   - digest: of the segmenter's files, which names it.
    ///   - supports: photos with the dataset's labels; each serves the classes that its labels show.
    ///   - threshold: 0...1.
    public init(_ segmenter: any EpisodicSegmenter, digest: String, supports: [PhotoSample], threshold: Float = 0.5) {
        (self.segmenter, self.threshold) = (segmenter, threshold)
        identity = "few-shot \(digest) threshold \(threshold)"
        var found: [Int: [Support]] = [:]
        for sample in supports {
            guard let labels = sample.labels else { continue }
            for classID in Set(labels.values) where classID > ClassMap.background && classID != ClassMap.void {
                let mask = labels.mask(ofClass: Int(classID)).object
                found[Int(classID), default: []].append(Support(image: sample.image, annotation: .mask(mask), id: sample.id))
            }
        }
        self.supports = found
    }

    /// - Throws: ``PseudoLabelError/noPrototype(_:)`` for a class without a support, and what the segmenter throws.
    public func labels(of photo: RGBImage, madeFor classID: Int) throws -> SemanticPrediction {
        guard let own = supports[classID] else { throw PseudoLabelError.noPrototype("\(classID)") }
        let prediction = try segmenter.segment(Episode(query: photo, supports: own, classID: classID))
        let mask = prediction.mask(threshold: threshold)
        let map = ClassMap(
            height: photo.height, width: photo.width, values: mask.values.map { $0 ? Int32(classID) : ClassMap.background })
        if prediction.isDecided { return SemanticPrediction(map: map) }
        let sure = zip(prediction.map.values, mask.values).map { $1 ? $0 : 1 - $0 }
        return SemanticPrediction(map: map, confidence: ScalarMap(height: photo.height, width: photo.width, values: sure))
    }
}
