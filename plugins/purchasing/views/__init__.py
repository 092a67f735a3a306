"""The screens of purchasing: purchase orders, suppliers and what they sell."""
