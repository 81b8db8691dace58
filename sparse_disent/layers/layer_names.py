"""Names of the layers of the networks that may have masks."""

# Layers in the order of the data, by network.
ENCODERS = {
    "masked_conv_encoder": ("e1", "e2", "e3", "e4", "e5", "means", "log_var"),
    "masked_fc_encoder": ("e1", "e2", "means", "log_var"),
}
# The last layers of encoders: their outputs are latents.
HEADS = ("means", "log_var")
DECODERS = {
    "masked_deconv_decoder": ("d1", "d2", "d3", "d4", "d5", "d6"),
    "masked_fc_decoder": ("d1", "d2", "d3", "d4"),
}
