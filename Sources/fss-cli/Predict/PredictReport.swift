internal import Datasets
internal import Diffusion

/// What `predict --json` prints.
struct PredictReport: Encodable {
    var folder: String
    var remarks: [String]
    var results: [PredictionRecord]
    var exports: [ExportSummary]
}
