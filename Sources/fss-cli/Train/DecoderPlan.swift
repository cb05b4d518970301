internal import Datasets
internal import Diffusion

/// All that decides a decoder's training.
struct DecoderPlan: TrainingPlan, Equatable {
    static let command = "train decoder"
    static let resumption = "fss train --resume"
    static let folderPrefix = "train"
    static let modelFile = "model.safetensors"

    var dataset: DatasetChoice
    var fold: Int
    var backbone: BackboneChoice
    var settings: TrainingSettings
    var evaluationEpisodes: Int
    /// Filled in when the run starts; a run is only continued with the same.
    var listHash: String?
    var weightsHash: String?
}
