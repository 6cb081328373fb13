"""Measure whether detection and emotions are alike for people of different appearance and age."""
