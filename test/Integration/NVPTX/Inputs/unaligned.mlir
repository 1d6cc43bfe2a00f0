// Columns from the fourth on, 8 bytes behind a multiple of 16.
func.func @linear_of_columns(%all: tensor<?x72xbf16>, %w: tensor<64x64xbf16>) -> tensor<?x64xbf16> {
  %x = braid.columns %all from 4 : (tensor<?x72xbf16>) -> tensor<?x64xbf16>
  %y = braid.linear %x, %w : (tensor<?x64xbf16>, tensor<64x64xbf16>) -> tensor<?x64xbf16>
  return %y : tensor<?x64xbf16>
}
