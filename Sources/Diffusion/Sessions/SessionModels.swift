public import Datasets
internal import Foundation
public import SegModels
internal import TensorCore

/// A model that a session may choose.
public struct SessionModel: Sendable, Hashable {
    /// What it is called.
    public var name: String
    /// Where it comes from.
    public var choice: ModelChoice
    /// What whoever uses it should know, a line each.
    public var remarks: [String]

    /// Names a model.
    public init(name: String, choice: ModelChoice, remarks: [String] = []) {
        self.name = name
        self.choice = choice
        self.remarks = remarks
    }

    /// The name of the model that comes along and knows drawn shapes.
    public static let shapes = "drawn shapes"

    /// Every model that is there without a download, the best for photos first: backbones that `fss weights download` fetched behind the
    /// decoder for photos, then the model of drawn shapes.
    public static func available(in cache: WeightsCache = .standard()) -> [SessionModel] {
        let (best, remarks) = ModelChoice.forPhotos(in: cache)
        let photos = ShippedModels.photoDecoder == nil ? [] : PublishedWeights.all.filter(cache.holds)
        var models = photos.map { weights in
            SessionModel(
                name: weights.name,
                choice: .photos(backbone: BackboneChoice(name: weights.backbone, weights: cache.place(of: weights).path)))
        }
        if let first = models.firstIndex(where: { $0.choice == best }) { models.insert(models.remove(at: first), at: 0) }
        return models + [SessionModel(name: shapes, choice: .shipped, remarks: remarks)]
    }
}

/// The models of all sessions: loaded when they are first used, and used one request after the other.
public actor SessionModels {
    /// How many stay loaded; the one that was used longest ago leaves first.
    private static let loadedLimit = 2

    /// What may be chosen, in order.
    public nonisolated let models: [SessionModel]
    private let sampling: SamplingChoice
    private let threshold: Float
    private let compute: ComputeSettings
    private let cacheCapacity: Int
    private var loaded: [(name: String, model: DiffUp)] = []

    /// Takes models to choose from.
    ///
    /// - Parameters:
    ///   - models: at least one; the first is the one where nobody chooses.
    ///   - sampling: how masks are drawn where it is not as the checkpoint says.
    ///   - threshold: probabilities from here on are the thing.
    ///   - compute: how they compute.
    ///   - cacheCapacity: bytes of features that each keeps of photos that come again.
    /// - Precondition: there is a model.
    public init(
        _ models: [SessionModel], sampling: SamplingChoice = SamplingChoice(), threshold: Float = 0.5,
        compute: ComputeSettings = ComputeSettings(), cacheCapacity: Int = 512 << 20
    ) {
        precondition(!models.isEmpty, "SessionModels: no model to choose")
        self.models = models
        self.sampling = sampling
        self.threshold = threshold
        self.compute = compute
        self.cacheCapacity = cacheCapacity
    }

    /// Takes a model that is loaded already.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - name: what it is called.
    ///   - threshold: probabilities from here on are the thing.
    public init(_ model: DiffUp, named name: String, threshold: Float = 0.5) {
        models = [SessionModel(name: name, choice: .shipped)]
        sampling = SamplingChoice()
        self.threshold = threshold
        compute = ComputeSettings()
        cacheCapacity = 0
        loaded = [(name, model)]
    }

    /// Whether a name is one of the models'.
    public nonisolated func has(_ name: String) -> Bool { models.contains { $0.name == name } }

    /// Loads a model, so that the first request need not wait for it.
    ///
    /// - Throws: what loading throws.
    public func load(_ name: String) throws { _ = try model(name) }

    /// Segments a photo.
    ///
    /// - Throws: `CancellationError` when the task was cancelled; errors of loading and of supports.
    func result(of query: RGBImage, supports: [Support], model name: String) throws -> SessionResult {
        try Task.checkCancellation()
        let model = try model(name)
        let clock = ContinuousClock()
        let start = clock.now
        var explanation = Explanation()
        let map = try model.pipeline(Episode(query: query, supports: supports)) { event in
            if case .conditions = event { explanation.record(event) }
        }
        let time = clock.now - start
        let milliseconds = Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) / 1e15
        return SessionResult(
            map, prior: explanation.levels.first?.mean, threshold: threshold, model: name, milliseconds: milliseconds)
    }

    /// Prepares what the model needs of a photo, whatever is marked.
    func prepare(_ photo: RGBImage, model name: String) throws {
        try Task.checkCancellation()
        let model = try model(name)
        withoutGradients { _ = model.extractor.queryFeatures(photo) }
    }

    private func model(_ name: String) throws -> DiffUp {
        if let place = loaded.firstIndex(where: { $0.name == name }) {
            let entry = loaded.remove(at: place)
            loaded.append(entry)
            return entry.model
        }
        guard let chosen = models.first(where: { $0.name == name }) else {
            throw PhotoSessionError.missing("model \(name)")
        }
        if loaded.count >= Self.loadedLimit { loaded.removeFirst() }
        let model = try chosen.choice.load(sampling: sampling, compute: compute, cacheCapacity: cacheCapacity).model
        loaded.append((name, model))
        return model
    }
}
